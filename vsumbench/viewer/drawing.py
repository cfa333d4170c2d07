"""The rows of the timeline as plain values a template can write: curves, heat, bars, and their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .geometry import WIDTH, binned, clock, heights_of, levels, spans_of, step_path

CURVE_HEIGHT = 56.0


@dataclass(frozen=True)
class Bar:
    """A selected stretch in seconds, its place in drawing units, and its own segment number (-1: none)."""

    start: float
    end: float
    x: float
    width: float
    segment: int = -1
    text: str = ""

    @property
    def said(self) -> str:
        """Its times in words."""
        return f"{clock(self.start)} to {clock(self.end)}"


@dataclass(frozen=True)
class Row:
    """A row of the timeline.

    Attributes:
        key: a name without special characters, unique on the page.
        kind: `curve`, `heat` or `bars`.
        group: what it can be hidden with: `annotators`, `truth` or `run0`, `run1`, …
        path: of a curve; `cells` of heat (x, width, level 1 to 8); `bars`.
        values: (B,) what the cursor reads, rounded.
    """

    key: str
    kind: str
    group: str
    label: str
    note: str = ""
    path: str = ""
    cells: tuple[tuple[float, float, int], ...] = ()
    bars: tuple[Bar, ...] = ()
    values: tuple[float, ...] = field(default=(), repr=False)

    @property
    def words(self) -> str:
        """The row for people who do not see it."""
        if self.kind == "bars":
            said = ", ".join(bar.said for bar in self.bars[:12])
            more = f", and {len(self.bars) - 12} more" if len(self.bars) > 12 else ""
            return f"{self.label}: {len(self.bars)} segments{': ' if said else ''}{said}{more}"
        peak = int(np.argmax(self.values)) / max(len(self.values), 1)
        return f"{self.label}: {self.note}; highest {round(100 * peak)} % into the video"


def curve(key: str, group: str, label: str, values: NDArray[np.floating]) -> Row:
    """A step curve of (N,) values, from the least of them to the greatest: its own scale, stated."""
    short = binned(values)
    low, high = float(values.min()), float(values.max())
    note = f"scale {low:.3g} to {high:.3g}" if high > low else f"constant {low:.3g}"
    path = step_path(0.04 + 0.92 * heights_of(short, low, high), CURVE_HEIGHT)
    return Row(key, "curve", group, label, note, path=path, values=_rounded(short))


def heat(key: str, group: str, label: str, values: NDArray[np.floating], note: str) -> Row:
    """Stretches of (N,) values from 0 to 1, in eight levels."""
    short = binned(values)
    scale = WIDTH / len(short)
    cells = tuple((round(a * scale, 2), round((b - a) * scale, 2), level) for a, b, level in levels(short))
    return Row(key, "heat", group, label, note, cells=cells, values=_rounded(short))


def bars(key: str, group: str, label: str, selected: NDArray[np.bool_], fps: float, note: str) -> Row:
    """The selected stretches of (N,) booleans."""
    n_frames = len(selected)
    made = tuple(
        Bar(a / fps, b / fps, round(a * WIDTH / n_frames, 2), round((b - a) * WIDTH / n_frames, 2))
        for a, b in spans_of(selected)
    )
    share = 100.0 * float(selected.mean())
    values = _rounded(binned(selected.astype(np.float64)))
    return Row(key, "bars", group, label, f"{note}; {share:.1f} % of frames", bars=made, values=values)


def spans(
    key: str, group: str, label: str, pairs: Sequence[tuple[float, float, str]], duration: float, note: str
) -> Row:
    """Stretches given in seconds, each with a text: segments by number, captions."""
    made = tuple(
        Bar(
            start,
            end,
            round(start * WIDTH / duration, 2),
            round(max(min(end, duration) - start, 0.0) * WIDTH / duration, 2),
            place,
            text,
        )
        for place, (start, end, text) in enumerate(pairs)
    )
    return Row(key, "bars", group, label, note, bars=made)


def _rounded(values: NDArray[np.floating]) -> tuple[float, ...]:
    return tuple(float(f"{value:.4g}") for value in values.tolist())
