"""Frames of planted VideoXum, drawn when they are asked for: no codec stands between script and model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vsumbench.contracts import Frame
from vsumbench.planted import TARGET, write_script
from vsumbench.planted.render import render


def draw(video_id: str, steps: Sequence[int]) -> Iterator[Frame]:
    """The frames of these steps; step t is second t, of 64 x 64 pixels."""
    for step, pixels in zip(steps, render(write_script(TARGET, video_id), steps), strict=True):
        yield Frame(index=step, time=float(step), pixels=pixels)
