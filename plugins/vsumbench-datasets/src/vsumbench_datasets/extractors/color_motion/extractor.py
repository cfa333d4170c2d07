"""The extractor: one vector a pick, with nothing kept but the small picture before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Context, Frame, Video
from vsumbench.errors import MismatchError

from .blocks import change, edges, histogram, layout
from .colours import exposed, small_picture

_BLOCK = 64
"""Rows given on together."""
_LAYOUT, _EDGES, _LIGHT, _CHANGE = 0.7, 0.7, 0.3, 0.3
"""Weights beside the histogram's 1: what is where may move within a shot; light alone makes no cut."""


class ColorMotion:
    """184 numbers a pick, of norm 1: colour histogram, layout, edges, lightness, change since the last pick.

    Distances mean the same in every video: within a shot the square of a step is about 0.02, at a cut 0.15
    and more, so that kernel temporal segmentation with a linear kernel finds cuts at one penalty. Histogram,
    layout and edges are taken at one exposure.
    """

    def __init__(self, context: Context) -> None:
        """Nothing is loaded."""

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, 184), one row a pick.

        Raises:
            MismatchError: the video has no frames.
        """
        if video.frames is None:
            raise MismatchError(
                f"video {video.id!r} has no frames to extract from.", "Use an edition that has them."
            )
        block: list[NDArray[np.float32]] = []
        for row in rows(video.frames()):
            block.append(row)
            if len(block) == _BLOCK:
                yield np.stack(block)
                block = []
        if block:
            yield np.stack(block)


def rows(frames: Iterable[Frame]) -> Iterator[NDArray[np.float32]]:
    """The vector (184,) of each frame, in order."""
    before = None
    for frame in frames:
        picture, light = exposed(small_picture(frame.pixels))
        colours = histogram(picture)
        row = np.concatenate(
            (
                colours,
                _LAYOUT * layout(picture),
                _EDGES * edges(picture),
                [_LIGHT * light],
                _CHANGE * change(picture, colours, before),
            )
        )
        before = (picture, colours)
        # Never zero: the shares under the histogram's roots sum to 1.
        yield (row / np.linalg.norm(row)).astype(np.float32)
