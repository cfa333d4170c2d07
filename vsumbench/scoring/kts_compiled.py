"""`kts_table.relax` and `accumulate` compiled by numba: the same floats, three times as fast or more.

Needs `vsumbench[fast]`.

Importing this module imports numba and reads, or makes, the compiled code; `kts_table.suited` does so only
where enough work is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring.kts_table import Relax

FloatArray = NDArray[np.float64]


def _relax(
    scatter: FloatArray, before: FloatArray, rows: FloatArray, first: int, min_length: int, max_length: int
) -> None:
    """As `kts_table.relax`; four starts a time where all of them reach every end of the strip.

    Slices, and loops from 0 to their length, let the compiler see that no index is negative; without that it
    does not vectorise. The four candidates are compared pairwise: a minimum does not depend on the order.
    """
    count, steps = rows.shape[0], scatter.shape[0]
    strip = 512  # sixteen rows of it and four rows of scatters: 80 KiB
    for left in range(first + min_length, steps + 1, strip):
        right = min(left + strip, steps + 1)
        t = max(first, left - max_length)
        while t < right - min_length:
            above = before
            if t >= right - 1 - max_length and t + 3 <= left - min_length:
                v0 = scatter[t, left - 1 : right - 1]
                v1 = scatter[t + 1, left - 1 : right - 1]
                v2 = scatter[t + 2, left - 1 : right - 1]
                v3 = scatter[t + 3, left - 1 : right - 1]
                for k in range(count):
                    i0, i1, i2, i3 = above[t], above[t + 1], above[t + 2], above[t + 3]
                    best = rows[k, left:right]
                    for at in range(best.shape[0]):
                        a, b = i0 + v0[at], i1 + v1[at]
                        c, d = i2 + v2[at], i3 + v3[at]
                        a = b if b < a else a
                        c = d if d < c else c
                        a = c if c < a else a
                        best[at] = a if a < best[at] else best[at]
                    above = rows[k]
                t += 4
            else:
                low, high = max(left, t + min_length), min(right, t + max_length + 1)
                v0 = scatter[t, low - 1 : high - 1]
                for k in range(count):
                    i0 = above[t]
                    best = rows[k, low:high]
                    for at in range(best.shape[0]):
                        a = i0 + v0[at]
                        best[at] = a if a < best[at] else best[at]
                    above = rows[k]
                t += 1


def _accumulate(kernel: FloatArray) -> None:
    """As `kts_table.accumulate`."""
    columns = np.zeros(kernel.shape[1])
    for i in range(kernel.shape[0]):
        row = kernel[i]
        total = 0.0
        for j in range(row.shape[0]):
            columns[j] += row[j]
            total += columns[j]
            row[j] = total


def _compile(function: Callable[..., None]) -> Any:
    """The compiled function, kept on disk where numba finds a folder it may write to."""
    try:
        return numba.njit(cache=True)(function)
    except RuntimeError:  # neither the package nor the user's cache folder can be written
        return numba.njit()(function)


relax: Relax = _compile(_relax)
accumulate: Callable[[FloatArray], None] = _compile(_accumulate)
