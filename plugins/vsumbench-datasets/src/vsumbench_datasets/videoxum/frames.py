"""Frames of planted videos, drawn when they are asked for: no codec stands between script and model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vsumbench.contracts import Frame
from vsumbench.data import sha256_json
from vsumbench.planted import LOOK_VERSION, TARGET, write_script
from vsumbench.planted.render import render


def draw(video_id: str, steps: Sequence[int]) -> Iterator[Frame]:
    """The frames of these steps; step t is second t, of 64 x 64 pixels."""
    for step, pixels in zip(steps, render(write_script(TARGET, video_id), steps), strict=True):
        yield Frame(index=step, time=float(step), pixels=pixels)


def drawn_from(video_id: str) -> str:
    """Sha256 hex of what the frames of a video follow from: its id, the mix and the version of the look."""
    return sha256_json([video_id, TARGET.name, LOOK_VERSION])
