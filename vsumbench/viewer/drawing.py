"""The rows of the timeline as plain values a template can write: curves, heat, bars, and their words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .axis import Axis, held_at
from .geometry import WIDTH, binned, clock, heights_of, levels, spans_of, step_path
from .keyframes import KeyRow

CURVE_HEIGHT = 56.0


COLOURS = 6


def look(group: str) -> str:
    """The classes of a group's colour and pattern; a run's follow from its number."""
    number = group.removeprefix("run")
    if not number.isdecimal():
        return group
    turn = min(int(number) // COLOURS, 3)
    return f"run{int(number) % COLOURS}" + (f" turn{turn}" if turn else "")


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
        path: of a curve, from `begin` on; `cells` of heat (x, width, level 1 to 8); `bars`.
        values: (B,) what the cursor reads, rounded; None where there is nothing.
        keys: the key frames of a selection.
    """

    key: str
    kind: str
    group: str
    label: str
    note: str = ""
    path: str = ""
    begin: float = 0.0
    cells: tuple[tuple[float, float, int], ...] = ()
    bars: tuple[Bar, ...] = ()
    values: tuple[float | None, ...] = field(default=(), repr=False)
    keys: KeyRow | None = None

    @property
    def look(self) -> str:
        """The classes of its colour: six colours, then the same with another pattern."""
        return look(self.group)

    def links(self, told: Mapping[str, str]) -> bool:
        """Whether a text tells of one of its segments, named `GROUP-NUMBER` in `told`."""
        return any(f"{self.group}-{bar.segment}" in told for bar in self.bars)

    @property
    def words(self) -> str:
        """The row for people who do not see it."""
        if self.kind == "bars":
            said = ", ".join(bar.said for bar in self.bars[:12])
            more = f", and {len(self.bars) - 12} more" if len(self.bars) > 12 else ""
            return f"{self.label}: {len(self.bars)} segments{': ' if said else ''}{said}{more}"
        known = [-math.inf if value is None else value for value in self.values]
        if not known:
            return f"{self.label}: {self.note}"
        peak = int(np.argmax(known)) / len(known)
        return f"{self.label}: {self.note}; highest {round(100 * peak)} % into the video"


def curve(key: str, group: str, label: str, values: NDArray[np.floating]) -> Row:
    """A step curve of (N,) values at equal stretches of time, from the least to the greatest, as stated."""
    return _curve(key, group, label, binned(values), float(values.min()), float(values.max()), "")


def curve_at(
    key: str, group: str, label: str, times: NDArray[np.floating], values: NDArray[np.floating], length: float
) -> Row:
    """A step curve of (T,) values at (T,) seconds of their own; nothing before the first."""
    held = held_at(times, values, length)
    return _curve(key, group, label, held, float(values.min()), float(values.max()), "at its own times; ")


def _curve(
    key: str, group: str, label: str, short: NDArray[np.float64], low: float, high: float, before: str
) -> Row:
    note = f"scale {low:.3g} to {high:.3g}" if high > low else f"constant {low:.3g}"
    first = int(np.isnan(short).sum())
    if first == len(short):
        return Row(key, "curve", group, label, f"{before}all of them after the end of the video")
    path = step_path(0.04 + 0.92 * heights_of(short[first:], low, high), CURVE_HEIGHT, first)
    return Row(
        key,
        "curve",
        group,
        label,
        before + note,
        path=path,
        begin=round(first * WIDTH / len(short), 2),
        values=_rounded(short),
    )


def heat(key: str, group: str, label: str, values: NDArray[np.floating], note: str) -> Row:
    """Stretches of (N,) values from 0 to 1 at equal stretches of time, in eight levels."""
    short = binned(values)
    scale = WIDTH / len(short)
    cells = tuple((round(a * scale, 2), round((b - a) * scale, 2), level) for a, b, level in levels(short))
    return Row(key, "heat", group, label, note, cells=cells, values=_rounded(short))


def bars(key: str, group: str, label: str, selected: NDArray[np.bool_], axis: Axis, note: str) -> Row:
    """The selected stretches of (N,) booleans, one a frame."""
    pairs = [(*axis.seconds(span), "") for span in spans_of(selected)]
    made = spans(key, group, label, pairs, axis, f"{note}; {100.0 * float(selected.mean()):.1f} % of frames")
    values = _rounded(binned(axis.even(selected)))
    return replace(made, bars=tuple(replace(bar, segment=-1) for bar in made.bars), values=values)


def spans(
    key: str, group: str, label: str, pairs: Sequence[tuple[float, float, str]], axis: Axis, note: str
) -> Row:
    """Stretches given in seconds, each with a text: segments by number, captions."""
    made = tuple(
        Bar(start, end, axis.x(start), round(axis.x(end) - axis.x(start), 2), place, text)
        for place, (start, end, text) in enumerate(pairs)
    )
    return Row(key, "bars", group, label, note, bars=made)


def _rounded(values: NDArray[np.floating]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else float(f"{value:.4g}") for value in values.tolist())
