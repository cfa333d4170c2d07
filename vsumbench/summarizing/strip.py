"""The whole video in one strip: its shots, the importance of every moment, and what was selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cutlist import clock
from .timeline import Segment, Timeline

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

PAPER: Colour = (20, 22, 26)
INK: Colour = (236, 238, 242)
FAINT: Colour = (150, 156, 166)
ACCENT: Colour = (255, 176, 59)
_BANDS: tuple[Colour, Colour] = ((44, 48, 56), (56, 61, 70))
_CURVE: Colour = (104, 136, 180)
_TICKS = (0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def draw_strip(
    draw: ImageDraw,
    box: Box,
    importance: NDArray[np.float64],
    shots: NDArray[np.int64],
    segments: Sequence[Segment],
    line: Timeline,
    font: FreeTypeFont | ImageFont,
) -> None:
    """Draw into `box` (left, top, right, bottom); time labels stand in its lowest 26 pixels.

    Shots are bands of two greys, importance is a blue area from its least to its greatest value, gold where
    it is selected, with a gold bar on top.

    Args:
        importance: (N,) of each frame.
        shots: (S, 2) first and last frame, inclusive.
    """
    left, top, right, bottom = box
    floor, roof = bottom - 26, top + 12
    scale = (right - left) / line.duration

    def x(seconds: float) -> int:
        return left + round(seconds * scale)

    for number, (first, last) in enumerate(shots):
        span = (x(float(line.edges[first])), roof, x(float(line.edges[last + 1])), floor)
        draw.rectangle(span, fill=_BANDS[number % 2])
    chosen = np.zeros(line.n_frames, dtype=np.bool_)
    for segment in segments:
        chosen[segment.first : segment.stop] = True
    heights = _heights(importance)
    # One column a pixel: of the frames that fall into it, the most important.
    columns = np.clip(np.searchsorted(line.edges, np.arange(right - left + 1) / scale, "right") - 1, 0, None)
    for column in range(right - left):
        first = min(int(columns[column]), line.n_frames - 1)
        stop = max(first + 1, int(columns[column + 1]))
        height = round(float(heights[first:stop].max()) * (floor - roof - 2))
        colour = ACCENT if chosen[first:stop].any() else _CURVE
        draw.line((left + column, floor - height, left + column, floor), fill=colour)
    for segment in segments:
        begin, end = x(float(line.edges[segment.first])), x(float(line.edges[segment.stop]))
        draw.rectangle((begin, top, max(begin + 2, end - 1), top + 7), fill=ACCENT)
    step = next((tick for tick in _TICKS if line.duration / tick <= 10), _TICKS[-1])
    for tick in np.arange(0, line.duration + 1e-9, step):
        at = x(float(tick))
        draw.line((at, floor, at, floor + 5), fill=FAINT)
        anchor = "la" if tick == 0 else "ra" if right - at < 20 else "ma"
        draw.text(
            (at, floor + 8), clock(float(tick), fraction=step < 1), fill=FAINT, font=font, anchor=anchor
        )


def _heights(importance: NDArray[np.float64]) -> NDArray[np.float64]:
    """0.06 to 1; a constant is half the height."""
    low, high = float(importance.min()), float(importance.max())
    if high <= low:
        return np.full(len(importance), 0.5)
    heights: NDArray[np.float64] = 0.06 + 0.94 * (importance - low) / (high - low)
    return heights
