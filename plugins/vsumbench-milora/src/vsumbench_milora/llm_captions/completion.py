"""The answer of a chat completions API, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vsumbench.errors import MismatchError

from .posting import PassingError


@dataclass(frozen=True)
class Completion:
    """What was written.

    Attributes:
        text: as it came; empty where the model declined to answer.
        prompt_tokens, tokens: as the endpoint counts them; None where it does not.
    """

    text: str
    prompt_tokens: int | None
    tokens: int | None


def read_completion(response: Any) -> Completion:
    """The text of a response.

    A model that declines (a refusal, a content filter) has answered: its text is empty, and asking again
    would change nothing.

    Raises:
        PassingError: it is not of the form it should have.
        MismatchError: the limit was reached before a word was written.
    """
    try:
        choice = response["choices"][0]
        message, reason = choice["message"], choice.get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
    except (TypeError, KeyError, IndexError, AttributeError):
        raise PassingError(f"the answer has no message: {_form(response)}") from None
    prompt_tokens, tokens = (_count(response, name) for name in ("prompt_tokens", "completion_tokens"))
    if reason == "content_filter" or (refusal and not text):
        return Completion("", prompt_tokens, tokens)
    if reason == "length" and not (text or "").strip():
        raise MismatchError(
            "the language model reached option max_tokens before it wrote a word, as models do that think "
            "first.",
            "Give a larger --set max_tokens, or use another model.",
        )
    if not isinstance(text, str):
        raise PassingError(f"the answer's message is a {type(text).__name__}, expected a text")
    return Completion(text, prompt_tokens, tokens)


def _count(response: Any, name: str) -> int | None:
    usage = response.get("usage")
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _form(response: Any) -> str:
    if isinstance(response, dict):
        return f"an object with {', '.join(sorted(map(str, response))[:5]) or 'nothing in it'}"
    return f"a {type(response).__name__}"
