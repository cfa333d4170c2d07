"""Do two columns put rows in the same order?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .layout import Floats


def kendall(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's tau-b: concordant less discordant pairs, over the pairs not tied on each side.

    None for fewer than two pairs of values, and where one side is constant.
    """
    ours, theirs = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    agreed = apart = other = 0.0
    for i in range(len(ours) - 1):  # Row by row: memory grows with the rows, not with their square.
        one, two = np.sign(ours[i + 1 :] - ours[i]), np.sign(theirs[i + 1 :] - theirs[i])
        agreed += float(one @ two)
        apart += float(np.abs(one).sum())
        other += float(np.abs(two).sum())
    return _rounded(agreed, apart * other)


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rho, tied values sharing their mean rank; None as for `kendall`."""
    if len(first) < 2:
        return None
    ours, theirs = (ranks(np.asarray(side, dtype=np.float64)) for side in (first, second))
    one, two = ours - ours.mean(), theirs - theirs.mean()
    return _rounded(float(one @ two), float(one @ one) * float(two @ two))


def ranks(values: Floats) -> Floats:
    """(N,) ranks from 1, the smallest value first; tied values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: Floats = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return found


def _rounded(above: float, below: float) -> float | None:
    """`above / sqrt(below)`; what is 1 by definition must not read as 0.9999999999999999."""
    return round(above / math.sqrt(below), 12) if below > 0 else None
