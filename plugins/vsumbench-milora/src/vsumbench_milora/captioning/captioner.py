"""What describes frames, and how a whole video is described."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Frame, Video
from vsumbench.contracts.context import Progress

from .captions import Caption
from .sampling import frames_at

BATCH = 16
"""Frames described at once. Every batch has this size, the last one filled up with its last frame: the same
kernels run for a frame wherever it stands."""


class Captioner(Protocol):
    """Describes single frames."""

    def describe(self, pixels: Sequence[NDArray[np.uint8]]) -> list[tuple[str, int]]:
        """For each of the (H, W, 3) RGB frames its caption and the number of tokens generated for it."""
        ...

    def identity(self) -> dict[str, str]:
        """Name and digest of the weights."""
        ...

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, trainable), without loading the weights."""
        ...


@dataclass(frozen=True)
class Described:
    """A video in words.

    Attributes:
        captions: one a described frame, in order; a caption may be empty.
        tokens: tokens generated for them.
        seconds: wall clock they took.
    """

    captions: tuple[Caption, ...]
    tokens: int
    seconds: float


def describe_video(
    video: Video, steps: Sequence[int], captioner: Captioner, progress: Progress, stage: str = "describe"
) -> Described:
    """Captions of these steps of a video.

    Raises:
        MismatchError: the edition has no frames.
        DataDamagedError: the frames end too early.
    """
    begun = time.perf_counter()
    captions: list[Caption] = []
    tokens = 0
    for frames in _batches(frames_at(video, steps)):
        pixels = [frame.pixels for frame in frames]
        filled = pixels + pixels[-1:] * (BATCH - len(pixels))
        described = captioner.describe(filled)[: len(frames)]
        for frame, (text, count) in zip(frames, described, strict=True):
            plain = " ".join(unicodedata.normalize("NFC", text).split())
            captions.append(Caption(time=frame.time, text=plain))
            tokens += count
        progress.advance(stage, len(captions), len(steps))
    return Described(tuple(captions), tokens, time.perf_counter() - begun)


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    held: list[Frame] = []
    for frame in frames:
        held.append(frame)
        if len(held) == BATCH:
            yield held
            held = []
    if held:
        yield held
