"""The key of an endpoint: from one environment variable, into one header, and nowhere else."""

from __future__ import annotations

import os
from typing import Any, NoReturn

from vsumbench.errors import UsageError

KEY_VARIABLE = "VSUMBENCH_LLM_API_KEY"
HIDDEN = "[key]"
SHORTEST = 8
"""Letters of a key. What stands for "no key" at some servers (`none`, `x`) stands in texts and answers too,
and would be taken out of them as if it were a secret."""


class Key:
    """A secret that shows itself to nothing but the request: not in `repr`, not pickled, not copied.

    Args:
        text: the key.

    Raises:
        UsageError: it could not stand in a header, or is too short to be a secret. The message does not
            repeat it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not text or any(not 32 < ord(letter) < 127 for letter in text):
            raise UsageError(
                f"{KEY_VARIABLE} holds a blank, a line break or a character that no key has.",
                "Set it to the key alone.",
            )
        if len(text) < SHORTEST:
            raise UsageError(
                f"{KEY_VARIABLE} holds fewer than {SHORTEST} letters, which is no key.",
                "Unset it where the endpoint needs none.",
            )
        self._text = text

    def headers(self) -> dict[str, str]:
        """What authorizes a request."""
        return {"Authorization": f"Bearer {self._text}"}

    def hide(self, content: Any) -> Any:
        """Text, or JSON, in which every occurrence of the key is replaced: servers repeat what they get."""
        if isinstance(content, str):
            return content.replace(self._text, HIDDEN)
        if isinstance(content, list):
            return [self.hide(one) for one in content]
        if isinstance(content, dict):
            return {self.hide(name): self.hide(value) for name, value in content.items()}
        return content

    def __repr__(self) -> str:
        return f"Key({HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not written down")


def key_of_environment() -> Key | None:
    """The key in the environment; None where there is none, as for many local servers.

    Raises:
        UsageError: it is no key.
    """
    text = os.environ.get(KEY_VARIABLE, "").strip()
    return Key(text) if text else None
