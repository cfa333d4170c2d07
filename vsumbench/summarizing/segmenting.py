"""Shots of a video of any length, by kernel temporal segmentation (KTS) of its features.

Rows are brought to norm 1 and segmented by their linear kernel. Two numbers decide, the same for every video:
a shot lasts a second at least, and each boundary has to pay for itself. KTS sums scatter over steps, so both
are turned into steps at the rate at which the video was sampled.

Time and memory of KTS grow with the square of the steps. Beyond `WINDOW` steps it therefore runs on one
window after another. The next window begins at the last boundary of the one before, so that no boundary comes
from where a window ends; where a window holds none, half of it is passed and the shot goes on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring.kts import segment

PENALTY = 0.1
"""KTS's penalty for each step a second: 0.2 at 2 steps a second."""
SHORTEST = 1.0
"""Seconds a shot has at least: what is shorter cannot be followed in a summary."""
WINDOW = 1200
"""Steps that are segmented together: ten minutes at 2 a second."""


def boundaries(
    features: NDArray[np.floating],
    per_second: float,
    max_shots: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.int64]:
    """Steps (m,) at which a new shot begins, increasing; step 0 is not among them.

    Args:
        features: (T, D) finite, T at least 1.
        per_second: steps a second.
        max_shots: neighbours that differ least are joined until there are no more shots than this.
        progress: told how many steps are done, of how many.
    """
    rows = unit_rows(features)
    shortest = max(1, round(SHORTEST * per_second))
    found: list[int] = []
    begin = 0
    while True:
        window = rows[begin : begin + WINDOW]
        segmented = segment(window, penalty=PENALTY * per_second, min_length=min(shortest, len(window)))
        inside = (begin + segmented.change_points).tolist()
        found += inside
        if begin + len(window) == len(rows):
            break
        begin = inside[-1] if inside else begin + WINDOW // 2
        if progress is not None:
            progress(begin, len(rows))
    edges = np.asarray(found, dtype=np.int64)
    return edges if max_shots is None else joined(rows, edges, max_shots)


def joined(rows: NDArray[np.float64], edges: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The boundaries that are left when neighbours are joined, those first whose union adds least scatter."""
    cuts = np.concatenate(([0], edges))
    sums = np.add.reduceat(rows, cuts, axis=0)
    lengths = np.diff(np.append(cuts, len(rows))).astype(np.float64)
    while len(cuts) > max(most, 1):
        means = sums / lengths[:, None]
        weight = lengths[1:] * lengths[:-1] / (lengths[1:] + lengths[:-1])
        least = int(np.argmin(weight * ((means[1:] - means[:-1]) ** 2).sum(axis=1)))
        sums[least] += sums[least + 1]
        lengths[least] += lengths[least + 1]
        cuts, sums, lengths = (np.delete(array, least + 1, axis=0) for array in (cuts, sums, lengths))
    left: NDArray[np.int64] = cuts[1:]
    return left


def unit_rows(features: NDArray[np.floating]) -> NDArray[np.float64]:
    """Features (T, ...) as rows (T, D) of norm 1; rows of zeros stay."""
    rows = np.asarray(features, dtype=np.float64).reshape(len(features), -1)
    largest = np.abs(rows).max(axis=1, keepdims=True)
    rows = rows / np.where(largest > 0, largest, 1.0)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    units: NDArray[np.float64] = rows / np.where(norms > 0, norms, 1.0)
    return units
