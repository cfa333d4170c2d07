"""Kendall tau-b and Spearman rho of one prediction against many reference rows, exact and fast.

Both statistics depend on the joint distribution of ranks only. References have few distinct levels (ratings
of 1 to 5, selections of 0 and 1) and predictions are held constant between sampled steps, so the joint counts
fit a small table, and tau-b follows from it in integer arithmetic: exactly, in a small part of the time of a
sort per pair.
Source: protocols.md a.6 (tau is always tau-b).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TABLE_LIMIT = 1 << 21
"""Joint tables above this many cells cost more than a sort; such pairs go to scipy."""


@dataclass(frozen=True)
class Levels:
    """A vector as dense ranks: `codes` (N,) in [0, L), `counts` (L,) how often each occurs."""

    codes: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def constant(self) -> bool:
        """Fewer than two distinct values: no ranking."""
        return len(self.counts) < 2


def levels(values: NDArray[np.generic]) -> Levels:
    """The dense ranks of a finite vector (N,)."""
    small = _small_integers(values)
    if small is not None:
        counts = np.bincount(small)
        present = counts > 0
        if present.all():
            return Levels(small, counts)
        return Levels((np.cumsum(present) - 1)[small], counts[present])
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    return Levels(codes.reshape(-1).astype(np.int64), counts.astype(np.int64))


def _small_integers(values: NDArray[np.generic]) -> NDArray[np.int64] | None:
    """The vector as integers from 0, if it holds only integers of a small range: then no sort is needed."""
    if values.dtype == np.bool_:
        return values.astype(np.int64)
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    if not high - low <= 1024:
        return None
    integers = values.astype(np.int64)
    if not np.array_equal(integers, values):
        return None
    return integers - int(low)


def kendall_tau_b(a: Levels, b: Levels) -> float:
    """Tau-b of two vectors given as levels; NaN if either is constant.

    Tau-b = (C - D) / sqrt((P - Ta)(P - Tb)), with P pairs, Ta and Tb pairs tied in a and in b.
    """
    if a.constant or b.constant:
        return float("nan")
    if len(a.counts) * len(b.counts) > _TABLE_LIMIT:
        from scipy.stats import kendalltau

        return float(kendalltau(a.codes, b.codes).statistic)
    if len(a.counts) < len(b.counts):
        a, b = b, a
    table = _joint(a, b)
    # Of the frames with a smaller level of a: how many have this level of b, a smaller one, a larger one.
    equal = np.cumsum(table, axis=0) - table
    smaller = np.cumsum(equal, axis=1) - equal
    larger = equal.sum(axis=1, keepdims=True) - smaller - equal
    difference = int((table * (smaller - larger)).sum())
    n = int(a.counts.sum())
    pairs = n * (n - 1) // 2
    free_a = pairs - _tied_pairs(a)
    free_b = pairs - _tied_pairs(b)
    tau = difference / (np.sqrt(free_a) * np.sqrt(free_b))
    return float(min(1.0, max(-1.0, tau)))


def spearman_rho(a: Levels, b: Levels) -> float:
    """Spearman's rho, the correlation of average ranks, of two vectors; NaN if either is constant."""
    if a.constant or b.constant:
        return float("nan")
    rank_a, rank_b = _centred_ranks(a), _centred_ranks(b)
    if len(a.counts) * len(b.counts) > _TABLE_LIMIT:
        covariance = float(rank_a[a.codes] @ rank_b[b.codes])
    else:
        covariance = float(rank_a @ _joint(a, b) @ rank_b)
    scale = np.sqrt(float(a.counts @ rank_a**2)) * np.sqrt(float(b.counts @ rank_b**2))
    return float(min(1.0, max(-1.0, covariance / scale)))


def _joint(a: Levels, b: Levels) -> NDArray[np.int64]:
    width = len(b.counts)
    counts = np.bincount(a.codes * width + b.codes, minlength=len(a.counts) * width)
    return counts.reshape(len(a.counts), width)


def _tied_pairs(vector: Levels) -> int:
    return int((vector.counts * (vector.counts - 1) // 2).sum())


def _centred_ranks(vector: Levels) -> NDArray[np.float64]:
    """Average rank of each level, minus the mean rank."""
    ends = np.cumsum(vector.counts)
    ranks: NDArray[np.float64] = ends - (vector.counts - 1) / 2.0 - (ends[-1] + 1) / 2.0
    return ranks
