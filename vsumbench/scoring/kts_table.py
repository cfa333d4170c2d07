"""The table of the kernel temporal segmentation: scatters, and the best sums of scatters row by row.

I(k, l) is the least sum of scatters of the first l steps in k + 1 segments. A cell is a minimum over all
starts t of the last segment; here many cells take the same t at once, so that each value read is used often.
A minimum of the same floats is the same float in any order: the table equals the one filled cell by cell.
Source: protocols.md a.3.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Relax = Callable[[FloatArray, FloatArray, FloatArray, int, int, int], None]

PANEL = 16
"""Rows of the table filled together. The search can only stop between panels."""
PATIENCE = 500_000_000
"""Sums (about a quarter of a second) after which compiled code is considered: it takes as long to load."""
WORTHWHILE = 1_500_000_000
"""Sums that must still be possible for compiled code to be loaded."""
_COMPILED = "vsumbench.scoring.kts_compiled"
_ROWS = 32
"""Rows of scatters computed together."""
_STRIP = 5120
"""Columns taken together by `relax`: a strip of a panel and its candidates stay in the second-level cache."""
_UFUNC_BUFFER = 256
"""With its usual, larger buffer numpy copies the short rows of a strip instead of walking over them."""


def scatters(kernel: FloatArray) -> tuple[FloatArray, float]:
    """Scatter v(i, j) of every segment [i..j], and the smallest of them (0 if none is below).

    v(i, j) = sum of K_tt - (sum of K_ab) / (j - i + 1) over the segment, by a running sum of the diagonal and
    a two-dimensional one (down the columns, then along the rows), in this order of operations; so rounding
    leaves values a little below zero where the scatter is zero. Works in place: the kernel's memory becomes
    the scatter's, which is meaningful for j >= i only.

    Args:
        kernel: (N, N) finite; overwritten.
    """
    steps = len(kernel)
    diagonal = np.concatenate(([0.0], np.cumsum(np.diagonal(kernel))))
    # Where compiled code is loaded anyway it saves a tenth of a second at 5,000 steps; the sums are the same.
    getattr(sys.modules.get(_COMPILED), "accumulate", accumulate)(kernel)
    corner = np.concatenate(([0.0], np.diagonal(kernel)))
    lowest = 0.0
    # The sums K2(i, j + 1) and K2(j + 1, i) that row i needs lie one row higher and in the lower triangle:
    # from the last row upwards nothing is overwritten before its last use.
    spaces = np.empty((3, _ROWS, steps))  # new ones each time would cost more than the sums in them
    for top in range((steps - 1) // _ROWS * _ROWS, -1, -_ROWS):
        rows = min(_ROWS, steps - top)
        inside, below, values = spaces[:, :rows, top:]
        np.add(corner[None, top + 1 :], corner[top : top + rows, None], out=inside)
        inner = 0 if top else 1  # sums before the first step are 0 and not stored
        below[inner:] = kernel[top:, top + inner - 1 : top + rows - 1].T
        inside[inner:] -= below[inner:]
        inside[inner:] -= kernel[top + inner - 1 : top + rows - 1, top:]
        # Row r and column c hold c - r + 1 steps: each row is the one above it, moved by one.
        lengths = np.maximum(np.arange(2 - rows, steps - top + 1, dtype=np.float64), 1.0)
        inside /= sliding_window_view(lengths, steps - top)[::-1]
        np.subtract(diagonal[None, top + 1 :], diagonal[top : top + rows, None], out=values)
        values -= inside
        values[:, :rows] = np.triu(values[:, :rows])
        lowest = float(np.minimum(lowest, np.min(values)))  # NaN where something overflowed
        kernel[top : top + rows, top:] = values
    return kernel, lowest


def accumulate(kernel: FloatArray) -> None:
    """Running sums down the columns, then along the rows, in place."""
    columns = np.zeros(kernel.shape[1])
    for row in kernel:
        columns += row
        np.cumsum(columns, out=row)


def relax(
    scatter: FloatArray, before: FloatArray, rows: FloatArray, first: int, min_length: int, max_length: int
) -> None:
    """Fill rows k .. k + P - 1 of the table from row k - 1, in place.

    Start t gives its candidates to all later ends at once. When its turn comes, column t has received every
    candidate, for these end at least one step later than they start.

    Args:
        scatter: (N, N), of `scatters`.
        before: row k - 1, (N + 1,).
        rows: (P, N + 1), all infinite.
        first: the smallest t of row k, k * min_length.
        min_length, max_length: steps of a segment, both inclusive.
    """
    count, steps = len(rows), len(scatter)
    starts = np.empty((count, 1))
    space = np.empty((count, _STRIP))
    usual = np.setbufsize(_UFUNC_BUFFER)
    try:
        for left in range(first + min_length, steps + 1, _STRIP):
            right = min(left + _STRIP, steps + 1)
            for t in range(max(first, left - max_length), right - min_length):
                low, high = max(left, t + min_length), min(right, t + max_length + 1)
                starts[0] = before[t]
                starts[1:, 0] = rows[:-1, t]
                candidates = space[:, : high - low]
                np.add(starts, scatter[t, low - 1 : high - 1], out=candidates)
                best = rows[:, low:high]
                np.minimum(best, candidates, out=best)
    finally:
        np.setbufsize(usual)


def sums(steps: int, first_row: int, last_row: int, min_length: int) -> int:
    """How many sums I(k - 1, t) + v(t, l - 1) rows first_row .. last_row take, lengths unbounded above."""
    widths = (max(steps - k * min_length, 0) for k in range(first_row, last_row + 1))
    return sum(width * (width + 1) // 2 for width in widths)


def suited(done: int, left: int) -> Relax:
    """`relax`, or its compiled form where numba is installed and that is loaded or worth loading."""
    if _COMPILED not in sys.modules and (done < PATIENCE or left < WORTHWHILE):
        return relax
    try:
        from vsumbench.scoring.kts_compiled import relax as compiled
    except ImportError:
        return relax
    return compiled


def table(
    scatter: FloatArray,
    change_points: int,
    min_length: int,
    max_length: int,
    choose: Callable[[int, int], Relax] = suited,
) -> Iterator[FloatArray]:
    """Rows 0 .. change_points of the table, in order and in arrays of (some rows, N + 1); stop when you like.

    A cell that no segmentation reaches is infinite. Row 0 has no first segment of exactly `max_length`, a
    trait of the reference.

    Args:
        scatter: (N, N), of `scatters`.
        change_points: the last row.
        min_length, max_length: steps of a segment, both inclusive.
        choose: what fills the next rows, by the sums done and those left at most.
    """
    steps = len(scatter)
    whole = np.full((1, steps + 1), np.inf)
    end = min(max_length, steps + 1)
    whole[0, min_length:end] = scatter[0, min_length - 1 : end - 1]
    yield whole
    done, left = 0, sums(steps, 1, change_points, min_length)
    before = whole[-1]
    for k in range(1, change_points + 1, PANEL):
        last = min(k + PANEL - 1, change_points)
        rows = np.full((last - k + 1, steps + 1), np.inf)
        choose(done, left)(scatter, before, rows, k * min_length, min_length, max_length)
        yield rows
        before = rows[-1]
        work = sums(steps, k, last, min_length)
        done, left = done + work, left - work
