"""Many methods on the same videos: Friedman's test, and the critical difference of mean ranks by Nemenyi.

Demšar 2006, Statistical comparisons of classifiers over multiple data sets; videos stand for data sets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .layout import Floats


def ranks_of(scores: Floats) -> Floats:
    """(V, K) ranks within each video, 1 the best; tied methods share the mean of their ranks.

    Args:
        scores: (V, K) one row a video, higher is better, no NaN.
    """
    better = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    tied = (scores[:, None, :] == scores[:, :, None]).sum(axis=2)
    found: Floats = better + (tied + 1) / 2
    return found


def mean_ranks(scores: Floats) -> Floats:
    """(K,) means of `ranks_of` over videos."""
    found: Floats = ranks_of(scores).mean(axis=0)
    return found


def friedman(scores: Floats) -> float | None:
    """p of the test that all methods are alike, by its chi-squared approximation, ties corrected for.

    None where there is none: fewer than three methods or two videos, or all of a video's scores tied in all.

    Args:
        scores: (V, K), higher is better, no NaN.
    """
    from scipy.special import chdtrc

    videos, methods = scores.shape
    ranks = ranks_of(scores)
    # The variance of ranks that there is; without ties it is K (K + 1) / 12 a video.
    spread = ((ranks - (methods + 1) / 2) ** 2).sum() / (methods - 1) if methods > 1 else 0.0
    if methods < 3 or videos < 2 or spread == 0:
        return None
    sums = ranks.sum(axis=0) - videos * (methods + 1) / 2
    return float(chdtrc(methods - 1, float((sums**2).sum() / spread)))


def critical_difference(methods: int, videos: int, alpha: float = 0.05) -> float:
    """The least difference of mean ranks at which two methods are told apart: q sqrt(k (k + 1) / (6 n)).

    q is the quantile of the studentized range with infinite degrees of freedom, by the root of 2.
    """
    q = _range_quantile(methods, 1 - alpha) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * videos))


@lru_cache(maxsize=256)
def _range_quantile(methods: int, mass: float) -> float:
    """The range that `methods` standard normal draws stay within with this probability, by bisection."""
    from scipy.special import ndtr

    lowest = np.linspace(-9, 9, 3601)
    density = np.exp(-(lowest**2) / 2) / math.sqrt(2 * math.pi)

    def within(width: float) -> float:
        # The lowest draw at z, the others between z and z + width.
        others = (ndtr(lowest + width) - ndtr(lowest)) ** (methods - 1)
        return float(methods * (density * others).sum() * (lowest[1] - lowest[0]))

    low, high = 0.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < mass else (low, middle)
    return high


def cliques(ranks: Sequence[float], difference: float) -> tuple[tuple[int, ...], ...]:
    """Largest groups of neighbours whose ends differ by less than `difference`.

    Args:
        ranks: mean ranks in ascending order.

    Returns:
        places in `ranks`; groups of one are left out, and so are groups within another.
    """
    found: list[tuple[int, ...]] = []
    last = -1
    for start, low in enumerate(ranks):
        end = start
        while end + 1 < len(ranks) and ranks[end + 1] - low < difference:
            end += 1
        if end > start and end > last:
            found.append(tuple(range(start, end + 1)))
            last = end
    return tuple(found)
