"""A paired permutation test over videos that knows folds.

The statistic is the difference of two methods' values: the mean over folds of the mean over videos of the
paired differences. If the methods are alike, each video could as well have had its two scores swapped; a
video that several folds test is swapped in all of them at once, as its scores are not independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .layout import Floats, Layout

EXACT = 14
"""Up to so many videos every assignment of signs is looked at, 2^14 of them."""
DRAWS = 10_000
_BLOCK = 2_000_000
"""Signs held in memory at a time."""
_ROWS = 256
_TIES = 1e-9


@dataclass(frozen=True, eq=False)
class Tested:
    """The test of R rows.

    Attributes:
        difference: (R,) the statistic; NaN where no pair is defined.
        p: (R,) two-sided; NaN where no pair is defined.
        videos: (R,) distinct videos with a defined pair.
        left_out: (R,) pairs left out because one of the two scores is undefined.
    """

    difference: Floats
    p: Floats
    videos: NDArray[np.intp]
    left_out: NDArray[np.intp]


def contributions(differences: Floats, layout: Layout) -> Floats:
    """(V, R) what each video adds to the difference of fold-aggregated means.

    Args:
        differences: (P, R) paired differences, NaN where undefined.
    """
    defined = ~np.isnan(differences)
    counts = np.stack([defined[members].sum(axis=0) for members in layout.members])
    below = counts[layout.fold_of] * (counts > 0).sum(axis=0)
    shares = np.divide(
        np.where(defined, differences, 0.0), below, out=np.zeros(differences.shape), where=below > 0
    )
    found = np.zeros((len(layout.videos), differences.shape[1]))
    np.add.at(found, layout.video_of, shares)
    return found


def paired_test(
    differences: Floats, layout: Layout, random: np.random.Generator, draws: int = DRAWS
) -> Tested:
    """Test for each row whether the mean difference is zero.

    Exact up to 14 videos; else p is (b + 1) / (m + 1) from m random assignments of signs, of which b are at
    least as far from zero.

    Args:
        differences: (P, R) paired differences, NaN where undefined.
        random: gives the signs; rows share them.
        draws: m.
    """
    defined = ~np.isnan(differences)
    there = np.zeros((len(layout.videos), differences.shape[1]), dtype=bool)
    np.logical_or.at(there, layout.video_of, defined)
    parts = contributions(differences, layout)
    videos = there.sum(axis=0)
    statistic = np.where(videos > 0, parts.sum(axis=0), np.nan)
    p = np.full(len(videos), np.nan)
    few = np.flatnonzero((videos > 0) & (videos <= EXACT))
    for row in few:
        p[row] = _exact(parts[there[:, row], row])
    many = np.flatnonzero(videos > EXACT)
    if many.size:
        p[many] = _drawn(parts[:, many], random, draws)
    return Tested(statistic, p, videos, (~defined).sum(axis=0))


def _exact(parts: Floats) -> float:
    return float(_far(all_signs(len(parts)) @ parts, parts.sum(), np.abs(parts).sum()).mean())


def _drawn(parts: Floats, random: np.random.Generator, draws: int) -> Floats:
    hits: Floats = np.zeros(parts.shape[1])
    observed, size = parts.sum(axis=0), np.abs(parts).sum(axis=0)
    for signs in random_signs(parts.shape[0], draws, random):
        for start in range(0, parts.shape[1], _ROWS):
            rows = slice(start, start + _ROWS)
            hits[rows] += _far(signs @ parts[:, rows], observed[rows], size[rows]).sum(axis=0)
    found: Floats = np.asarray((hits + 1) / (draws + 1), dtype=np.float64)
    return found


def _far(values: Floats, observed: Floats, size: Floats) -> NDArray[np.bool_]:
    """Whether a value is at least as far from zero as the observed one; sums in another order tie."""
    far: NDArray[np.bool_] = np.abs(values) >= np.abs(observed) - _TIES * size
    return far


@lru_cache(maxsize=EXACT)
def all_signs(videos: int) -> Floats:
    """(2^videos, videos) every assignment of signs, the identity first."""
    bits = (np.arange(2**videos)[:, None] >> np.arange(videos)) & 1
    return np.asarray(1 - 2 * bits, dtype=np.float64)


def random_signs(videos: int, draws: int, random: np.random.Generator) -> Iterator[Floats]:
    """`draws` random assignments of signs to videos, in blocks (B, videos) of bounded size."""
    block = max(1, _BLOCK // max(videos, 1))
    for start in range(0, draws, block):
        size = (min(block, draws - start), videos)
        yield 1.0 - 2.0 * random.integers(0, 2, size=size, dtype=np.int8).astype(np.float64)
