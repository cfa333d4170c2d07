"""Where things stand on the time axis: runs of selected frames, binned curves, step paths, ticks."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""First frame and the frame after the last."""

WIDTH = 1000.0
"""Width of every drawing, in its own units: the duration of the video."""
_TICKS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


def spans_of(selected: NDArray[np.bool_]) -> tuple[Span, ...]:
    """The runs of True in (N,) booleans, in order."""
    padded = np.concatenate(([False], np.asarray(selected, dtype=np.bool_), [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2))


def binned(values: NDArray[np.floating], most: int = 500) -> NDArray[np.float64]:
    """(min(N, most),) means over equal stretches of (N,) values: a drawing has no more columns than that."""
    count = min(len(values), most)
    edges = np.arange(count + 1) * len(values) // count
    found: NDArray[np.float64] = np.add.reduceat(values.astype(np.float64), edges[:-1]) / np.diff(edges)
    return found


def heights_of(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.float64]:
    """The values from `low` (0) to `high` (1); 0.5 everywhere where these are equal."""
    if high <= low:
        return np.full(len(values), 0.5)
    found: NDArray[np.float64] = (values.astype(np.float64) - low) / (high - low)
    return found


def step_path(heights: NDArray[np.floating], height: float, first: int = 0) -> str:
    """An SVG path of a step curve to the end of the width; `heights` (B,) of 0 to 1, 1 at the top.

    It begins at column `first` of `first` + B equal ones.
    """
    count = first + len(heights)
    parts: list[str] = []
    before: float | None = None
    for place, value in enumerate(heights, first):
        y = round((1.0 - float(value)) * height, 2)
        if y != before:
            x = round(place * WIDTH / count, 2)
            parts.append(f"M{x:g} {y:g}" if before is None else f"H{x:g}V{y:g}")
            before = y
    return "".join(parts) + f"H{WIDTH:g}"


def levels(values: NDArray[np.floating], steps: int = 8) -> tuple[tuple[int, int, int], ...]:
    """Stretches of equal level in (B,) values of 0 to 1: first bin, bin after the last, level of 1 to steps.

    Stretches of level 0 are left out.
    """
    level = np.rint(np.clip(values, 0, 1) * steps).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(level)) + 1).tolist(), len(level)]
    return tuple((a, b, int(level[a])) for a, b in itertools.pairwise(edges) if level[a])


def ticks(duration: float, most: int = 10) -> tuple[float, ...]:
    """Round seconds from 0 to the duration, no more than `most` + 1 of them where a step allows it."""
    step = next((one for one in _TICKS if duration / one <= most), _TICKS[-1])
    return tuple(float(step * place) for place in range(int(duration / step + 1e-9) + 1))


def clock(seconds: float) -> str:
    """`1:05.5`, with an hour where there is one."""
    whole = round(max(seconds, 0.0) * 10)
    minutes, tenths = divmod(whole, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{tenths / 10:04.1f}".removesuffix(".0")
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
