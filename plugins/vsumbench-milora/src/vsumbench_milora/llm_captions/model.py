"""Frames → captions → one paragraph. Nothing is trained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from vsumbench.contracts import Context, Cost, Summary, Video
from vsumbench.data import read_json
from vsumbench.errors import MismatchError
from vsumbench_milora.captioning.building import build_captioner, described
from vsumbench_milora.captioning.captions import distinct
from vsumbench_milora.captioning.finding import found_weights

from .endpoint import EndpointWriter
from .extractive import ExtractiveWriter
from .options import LlmCaptionsOptions
from .writing import Writer, Written

SETTINGS = "llm_captions.json"


class LlmCaptions:
    """The pipeline of `alam-gpt4.md`, which is inferred as a whole.

    Raises:
        UnavailableError, WeightsMissingError: captioner or language model are not here.
        UsageError: the endpoint has no address, or a key that cannot be used.
        MismatchError: weights with another digest than an option says.
    """

    def __init__(self, options: LlmCaptionsOptions, context: Context) -> None:
        self._options = options
        self._captioner = build_captioner(options, context)
        self._writer = _writer(options, context)

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One text a video, in order.

        `cost.tokens` counts what was generated, captions and text; the arrays `prompt_tokens` and
        `completion_tokens` what a language model read and wrote, where that is known.

        Raises:
            RunFailedError: a dry run; the message holds the estimate.
        """
        for number, video in enumerate(videos, start=1):
            seen = described(video, self._options, self._captioner, context)
            kept = distinct(seen.captions, self._options.duplicate_above)
            # Of a video nothing could be said of, nobody is asked.
            written = self._writer.write(video, kept) if kept else Written("", None, None, 0.0)
            context.progress.advance("write", number, len(videos))
            if self._options.dry_run:
                continue
            counts = {"prompt_tokens": written.prompt_tokens, "completion_tokens": written.tokens}
            yield Summary(
                video_id=video.id,
                text=written.text,
                arrays={name: np.array([one]) for name, one in counts.items() if one is not None},
                cost=Cost(seconds=seen.seconds + written.seconds, tokens=seen.tokens + (written.tokens or 0)),
            )
        if isinstance(self._writer, EndpointWriter):
            self._writer.finish()

    def save(self, folder: Path) -> None:
        """What it is made of: captioner and writer, with the digests of their weights."""
        text = json.dumps(self._identity(), indent=1, sort_keys=True)
        (folder / SETTINGS).write_text(f"{text}\n", encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Make sure that this is made of the same.

        Raises:
            DataMissingError, DataDamagedError: `folder` does not say.
            MismatchError: it says something else.
        """
        said = read_json(folder / SETTINGS)
        if said != self._identity():
            raise MismatchError(
                f"{folder} was saved with {said}; here are {self._identity()}.",
                "Use the same options and weights.",
            )

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable), of what is on this machine: nothing is trained."""
        return {**self._captioner.parameters(), **self._writer.parameters()}

    def _identity(self) -> dict[str, str]:
        return {**self._captioner.identity(), **self._writer.identity()}


def _writer(options: LlmCaptionsOptions, context: Context) -> Writer:
    if options.backend == "extractive":
        return ExtractiveWriter(options.cluster_above, options.sentences)
    if options.backend == "openai-compatible":
        return EndpointWriter(options, context)
    from .local import LocalWriter

    checkpoint, digest = found_weights(options.llm, options.llm_sha256, "llm")
    return LocalWriter(options, checkpoint, digest, context)
