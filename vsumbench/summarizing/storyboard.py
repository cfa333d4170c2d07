"""The storyboard: one picture a selected shot, and the strip of the whole video, in one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Frame
from vsumbench.data.video import VideoInfo, stream_frames

from .cutlist import clock
from .strip import ACCENT, FAINT, INK, PAPER, draw_strip
from .timeline import Segment, Timeline

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

WIDTH = 1600
_MARGIN, _GAP, _CAPTION = 32, 16, 34
_STRIP = 120
_HIGHEST = 60_000
"""Rows of the image at most: JPEG has no more than 65,535."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """What a storyboard shows.

    Attributes:
        title: first line, left; `facts` stands beside it, right.
        importance: (N,) of each frame.
        shots: (S, 2) first and last frame, inclusive.
    """

    title: str
    facts: str
    importance: NDArray[np.float64] = field(repr=False)
    shots: NDArray[np.int64] = field(repr=False)
    segments: Sequence[Segment] = field(repr=False)
    line: Timeline = field(repr=False)


def keyframes(
    segments: Sequence[Segment], importance: NDArray[np.float64], picks: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(K,) the frame that stands for each segment: its most important step, of equals the middle one.

    A segment without a step is shown by its middle frame.
    """
    found = []
    for segment in segments:
        inside = picks[(picks >= segment.first) & (picks < segment.stop)]
        if not len(inside):
            found.append((segment.first + segment.stop - 1) // 2)
            continue
        best = np.flatnonzero(importance[inside] >= importance[inside].max())
        found.append(int(inside[best[len(best) // 2]]))
    return np.asarray(found, dtype=np.int64)


def write_storyboard(path: Path, info: VideoInfo, board: Board, frames: NDArray[np.int64]) -> None:
    """Write the image as JPEG, 1,600 pixels wide.

    Args:
        path: the file, overwritten.
        info: the source.
        board: what is shown.
        frames: (K,) the frame of each segment, increasing.

    Raises:
        DataDamagedError: a frame cannot be decoded.
    """
    from PIL import Image, ImageDraw

    columns, width, height = _layout(len(frames), float(info.width * info.pixel_aspect / info.height))
    rows = -(-len(frames) // columns)
    top = _MARGIN + 48
    bottom = top + rows * (height + _CAPTION + _GAP)
    sheet = Image.new("RGB", (WIDTH, bottom + _STRIP + _MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    large, small = _font(26), _font(17)
    facts = draw.textlength(board.facts, font=small)
    title = _shortened(board.title, large, WIDTH - 2 * _MARGIN - int(facts) - 32)
    draw.text((_MARGIN, _MARGIN), title, fill=INK, font=large)
    draw.text((WIDTH - _MARGIN, _MARGIN + 8), board.facts, fill=FAINT, font=small, anchor="ra")
    for number, frame in enumerate(stream_frames(info.path, frames, info=info)):
        left = _MARGIN + number % columns * (width + _GAP)
        above = top + number // columns * (height + _CAPTION + _GAP)
        sheet.paste(_tile(frame, width, height), (left, above))
        segment = board.segments[number]
        start, end = float(board.line.edges[segment.first]), float(board.line.edges[segment.stop])
        draw.rectangle((left, above + height, left + width - 1, above + height + 2), fill=ACCENT)
        below = above + height + 10
        draw.text((left, below), f"{clock(start, fraction=True)} - {clock(end, fraction=True)}", INK, small)
        if columns <= 6:
            shot = f"shot {segment.shot + 1}{'' if segment.whole else ', part'}"
            draw.text((left + width, below), shot, fill=FAINT, font=small, anchor="ra")
    strip = (_MARGIN, bottom, WIDTH - _MARGIN, bottom + _STRIP)
    draw_strip(draw, strip, board.importance, board.shots, board.segments, board.line, small)
    sheet.save(path, quality=88, optimize=True)


def _layout(tiles: int, ratio: float) -> tuple[int, int, int]:
    """Columns, and width and height of a tile: as large as the image has room for."""
    columns = _columns(tiles, ratio)
    while True:
        width = (WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) // columns
        height = max(1, min(round(width / ratio), 2 * width))
        if -(-tiles // columns) * (height + _CAPTION + _GAP) <= _HIGHEST or width <= _GAP // 2:
            return columns, width, height
        columns += 1


def _columns(tiles: int, ratio: float) -> int:
    """Few tiles are large, many small; tall ones stand closer."""
    columns = 3 if tiles <= 6 else 4 if tiles <= 16 else 5 if tiles <= 40 else 8
    if ratio < 1:
        columns += 2
    return max(2, min(columns, max(tiles, 2)))


def _tile(frame: Frame, width: int, height: int) -> Image:
    from PIL import Image

    return Image.fromarray(frame.pixels).resize((width, height), Image.Resampling.LANCZOS)


def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _shortened(text: str, font: FreeTypeFont | ImageFont, width: int) -> str:
    """The text, with its middle left out where it is too wide."""
    if font.getlength(text) <= width:
        return text
    keep = len(text)
    while keep > 2 and font.getlength(f"{text[: keep // 2]}...{text[-(keep // 2) :]}") > width:
        keep -= 2
    return f"{text[: keep // 2]}...{text[-(keep // 2) :]}"
