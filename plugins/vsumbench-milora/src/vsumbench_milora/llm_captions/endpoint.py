"""A language model behind an address that speaks the chat completions API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vsumbench.contracts import Context, Video
from vsumbench.errors import RunFailedError, UsageError
from vsumbench_milora.captioning.captions import Caption

from .addresses import is_plain
from .completion import Completion, read_completion
from .key import KEY_VARIABLE, Key, key_of_environment
from .options import LlmCaptionsOptions
from .posting import post
from .prompt import estimated_tokens, messages
from .responses import Responses, shared_folder
from .retrying import Patience
from .spending import Ledger
from .writing import Written, one_paragraph

FOLDER = "llm"
"""Below the checkpoints of a fold: answers as they came, and the requests."""


class EndpointWriter:
    """Asks an endpoint for a paragraph, once for the same request, however often a run is resumed.

    Args:
        options: of the model.
        context: whose folder of checkpoints holds answers.
        pause: sleeps between two tries.

    Raises:
        UsageError: no address; a key that is none, or that would be sent in plain text to another machine.
    """

    def __init__(
        self, options: LlmCaptionsOptions, context: Context, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._options = options
        self._address, self._key = _address(options), key_of_environment()
        _refuse_plain(self._address, self._key)
        folder = context.folders.checkpoints / FOLDER
        self._responses = Responses(folder / "responses", shared_folder() if options.reuse else None)
        self._ledger = Ledger(folder / "requests.jsonl", options.max_requests)
        self._patience = Patience(options.retries, options.longest_wait, pause)
        self._planned = _Planned()

    def write(self, video: Video, captions: Sequence[Caption]) -> Written:
        """The paragraph the endpoint writes, or has written.

        Raises:
            UnavailableError: the endpoint cannot be used, or gave no usable answer after all repetitions.
            UsageError: it refuses the request.
            MismatchError: more requests than the options allow.
        """
        body = self._body(video, captions)
        request = {"endpoint": self._address, "body": body}
        answer = self._responses.find(request)
        if self._options.dry_run:
            self._planned.add(None if answer else estimated_tokens(body["messages"]))
            return Written("", None, None, 0.0)
        if answer is None:
            answer = self._ask(video, body)
            self._responses.keep(request, answer)
        completion = read_completion(answer["response"])
        return Written(
            one_paragraph(completion.text),
            completion.prompt_tokens,
            completion.tokens,
            float(answer["seconds"]),
        )

    def finish(self) -> None:
        """Called when all videos are written; ends a dry run.

        Raises:
            RunFailedError: it was one; the message says what asking would take.
        """
        if self._options.dry_run:
            raise RunFailedError(self._planned.told(self._options), "Leave dry_run out to ask.")

    def identity(self) -> dict[str, str]:
        """Address and name of the model; who really answers is in the answers."""
        return {"writer": "openai-compatible", "endpoint": self._address, "llm": self._options.llm}

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Nobody here knows."""
        return {}

    def _body(self, video: Video, captions: Sequence[Caption]) -> dict[str, Any]:
        options = self._options
        return {
            "model": options.llm,
            "messages": messages(options.prompt_version, video.duration, captions, options.max_tokens),
            "temperature": 0,
            options.limit_field: options.max_tokens,
        }

    def _ask(self, video: Video, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._address}/chat/completions"

        def once() -> tuple[Any, Completion, float]:
            self._ledger.sends(video.id)
            begun = time.perf_counter()
            response = post(url, body, self._key, self._options.timeout)
            return response, read_completion(response), time.perf_counter() - begun

        response, completion, seconds = self._patience.ask(once)
        self._ledger.answered(video.id, completion.prompt_tokens, completion.tokens)
        return {"response": response, "seconds": round(seconds, 6)}


class _Planned:
    """What a dry run counts."""

    def __init__(self) -> None:
        self.kept, self.asked, self.tokens = 0, 0, 0

    def add(self, tokens: int | None) -> None:
        if tokens is None:
            self.kept += 1
        else:
            self.asked, self.tokens = self.asked + 1, self.tokens + tokens

    def told(self, options: LlmCaptionsOptions) -> str:
        generated = self.asked * options.max_tokens
        over = f", above max_requests={options.max_requests}" if self.asked > options.max_requests else ""
        return (
            f"dry run, nothing was asked: {options.llm!r} would get {self.asked} requests{over}, about "
            f"{self.tokens:,} tokens to read and at most {generated:,} to write; {self.kept} answers are "
            "here already."
        )


def _address(options: LlmCaptionsOptions) -> str:
    if not options.base_url:
        raise UsageError(
            "the backend openai-compatible needs the address of an endpoint, and there is no default.",
            f"Give --set base_url=https://HOST/v1 (and a key in {KEY_VARIABLE}); "
            "without a network, use --set backend=local-transformers or --preset tiny.",
        )
    return options.base_url.rstrip("/").removesuffix("/chat/completions")


def _refuse_plain(address: str, key: Key | None) -> None:
    if key is not None and is_plain(address):
        raise UsageError(
            f"the key in {KEY_VARIABLE} would go over the network unencrypted: the endpoint's address begins "
            "with http:.",
            f"Use https, a tunnel to this machine, or unset {KEY_VARIABLE} where the endpoint needs none.",
        )
