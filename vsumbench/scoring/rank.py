"""Kendall tau-b and Spearman rho of one prediction against many reference rows, exact and fast.

Both statistics depend on the joint distribution of ranks only. References have few distinct levels (ratings
of 1 to 5, selections of 0 and 1) and predictions are held constant between sampled steps, so the joint counts
fit a small table, and tau-b follows from it in integer arithmetic: exactly, in a small part of the time of a
sort per pair.
Source: protocols.md a.6 (tau is always tau-b).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TABLE_LIMIT = 1 << 21
"""Joint tables above this many cells cost more than a sort; such pairs go to scipy."""
_FEW = 64
"""Up to this many levels on one side, concordance is counted by a product of matrices."""
_NOTHING = np.zeros(0, dtype=np.int64)
_WHOLE = 1 << 53
"""Beyond this, doubles are not all the whole numbers there are."""


@dataclass(frozen=True)
class Levels:
    """A vector as dense ranks: `codes` (N,) in [0, L), `counts` (L,) how often each occurs.

    `ordered` is False for a vector that holds NaN: it has no ranks, and stands as one level.
    """

    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    ordered: bool = True

    @property
    def constant(self) -> bool:
        """Fewer than two distinct values: no ranking."""
        return len(self.counts) < 2


def levels(values: NDArray[np.generic]) -> Levels:
    """The dense ranks of a vector (N,) of numbers.

    Raises:
        ValueError: other than one axis.
    """
    if values.ndim != 1:
        raise ValueError(f"a vector to be ranked has shape {values.shape}, expected (N,)")
    small = _small_integers(values)
    if small is not None:
        counts = np.bincount(small)
        present = counts > 0
        if present.all():
            return Levels(small, counts)
        return Levels((np.cumsum(present) - 1)[small], counts[present])
    if values.dtype.kind == "f" and np.isnan(values).any():
        return Levels(np.zeros(len(values), dtype=np.int64), np.array([len(values)]), ordered=False)
    # Scores held between picks come in runs of one value: only the runs are sorted.
    heads = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1]))) if len(values) else _NOTHING
    lengths = np.diff(heads, append=len(values))
    distinct, codes = np.unique(values[heads], return_inverse=True)
    codes = codes.reshape(-1)
    counts = np.bincount(codes, weights=lengths, minlength=len(distinct)).astype(np.int64)
    return Levels(np.repeat(codes, lengths), counts)


def _small_integers(values: NDArray[np.generic]) -> NDArray[np.int64] | None:
    """The numbers as integers from 0, if they are integers of a small range: then no sort is needed."""
    if values.dtype == np.bool_:
        return values.astype(np.int64)
    if not values.size:
        return None
    low, high = float(values.min()), float(values.max())
    if not (high - low <= 1024 and -_WHOLE <= low <= _WHOLE):
        return None
    integers = values.astype(np.int64)
    if not np.array_equal(integers, values):
        return None
    return integers - int(low)


def kendall_tau_b(a: Levels, b: Levels) -> float:
    """Tau-b, in [-1, 1], of two vectors given as levels; NaN if either is constant or holds NaN.

    Tau-b = (C - D) / sqrt((P - Ta)(P - Tb)), with P pairs, Ta and Tb pairs tied in a and in b.

    Raises:
        ValueError: two lengths.
    """
    _check_lengths(len(a.codes), len(b.codes))
    if a.constant or b.constant:
        return float("nan")
    if len(a.counts) * len(b.counts) > _TABLE_LIMIT:
        from scipy.stats import kendalltau

        return float(kendalltau(a.codes, b.codes).statistic)
    difference = int(_difference(_joint(a, b)[None])[0])
    tau = difference / (_free_pairs(a.counts) * _free_pairs(b.counts))
    return float(min(1.0, max(-1.0, tau)))


def spearman_rho(a: Levels, b: Levels) -> float:
    """Spearman's rho, in [-1, 1], the correlation of average ranks; NaN if either is constant or holds NaN.

    Raises:
        ValueError: two lengths.
    """
    _check_lengths(len(a.codes), len(b.codes))
    if a.constant or b.constant:
        return float("nan")
    rank_a, rank_b = _ranks_of(a.counts), _ranks_of(b.counts)
    if len(a.counts) * len(b.counts) > _TABLE_LIMIT:
        covariance = float(rank_a[a.codes] @ rank_b[b.codes])
    else:
        covariance = float(rank_b @ _joint(a, b) @ rank_a)
    rho = covariance / (_spread(a, rank_a) * _spread(b, rank_b))
    return float(min(1.0, max(-1.0, rho)))


class RankedRows:
    """Reference rows (R, N) as ranks, ready to be compared with many predictions, all rows at once.

    Attributes:
        constant: (R,) whether a row has fewer than two distinct values: no ranking.
        ordered: (R,) False for a row that holds NaN, which is no ranking either.
    """

    def __init__(self, rows: NDArray[np.generic]) -> None:
        self._rows = rows
        small = _small_integers(rows)
        if small is None:
            each = [levels(row) for row in rows]
            self.ordered = np.array([row.ordered for row in each], dtype=np.bool_)
            width = max((len(row.counts) for row in each), default=1)
            codes = np.stack([row.codes for row in each]) if each else np.zeros(rows.shape, dtype=np.int64)
        else:
            # One coding for all rows: a level that a row lacks has no steps and so no part in any sum.
            self.ordered = np.ones(len(rows), dtype=np.bool_)
            width, codes = int(small.max(initial=0)) + 1, small
        self._codes = codes + width * np.arange(len(rows))[:, None]
        self._counts = np.bincount(self._codes.reshape(-1), minlength=len(rows) * width)
        self._counts = self._counts.reshape(len(rows), width)
        self.constant = (self._counts > 0).sum(axis=1) < 2
        self._ranks = _ranks_of(self._counts)
        self._free = _free_pairs(self._counts)
        self._spreads = np.sqrt((self._counts * self._ranks**2).sum(axis=1))
        self._last: tuple[Levels, NDArray[np.float64]] | None = None

    def kendall(self, prediction: Levels) -> NDArray[np.float64]:
        """(R,) tau-b with each row; NaN as `kendall_tau_b`."""
        if self._too_many(prediction):
            return np.array([kendall_tau_b(prediction, levels(row)) for row in self._rows])
        return self._divided(
            _difference(self._tables(prediction)), _free_pairs(prediction.counts) * self._free
        )

    def spearman(self, prediction: Levels) -> NDArray[np.float64]:
        """(R,) rho with each row; NaN as `spearman_rho`."""
        if self._too_many(prediction):
            return np.array([spearman_rho(prediction, levels(row)) for row in self._rows])
        ranks = _ranks_of(prediction.counts)
        covariances = np.einsum("rk,rk->r", self._tables(prediction) @ ranks, self._ranks)
        return self._divided(covariances, _spread(prediction, ranks) * self._spreads)

    def _too_many(self, prediction: Levels) -> bool:
        """Whether the joint tables would cost more than a sort a row, or say nothing."""
        _check_lengths(len(prediction.codes), self._rows.shape[1])
        return len(prediction.counts) * self._counts.size > _TABLE_LIMIT or not prediction.ordered

    def _tables(self, prediction: Levels) -> NDArray[np.float64]:
        """(R, K, L) how many steps have this level of a row and that of the prediction; the last is kept."""
        if self._last is None or self._last[0] is not prediction:
            columns = len(prediction.counts)
            shape = (*self._counts.shape, columns)
            cells = self._codes * columns
            cells += prediction.codes
            table = np.bincount(cells.reshape(-1), minlength=self._counts.size * columns)
            self._last = (prediction, table.reshape(shape).astype(np.float64))
        return self._last[1]

    @staticmethod
    def _divided(values: NDArray[np.float64], scales: NDArray[np.float64]) -> NDArray[np.float64]:
        undefined = np.full(len(values), np.nan)
        found: NDArray[np.float64] = np.divide(values, scales, out=undefined, where=scales > 0)
        return np.clip(found, -1.0, 1.0)


def _check_lengths(one: int, other: int) -> None:
    if one != other:
        raise ValueError(f"vectors of {one} and {other} values are not compared")


def _joint(a: Levels, b: Levels) -> NDArray[np.float64]:
    """(K, L) how many steps have this level of b and that level of a."""
    width = len(a.counts)
    counts = np.bincount(b.codes * width + a.codes, minlength=len(b.counts) * width)
    return counts.reshape(len(b.counts), width).astype(np.float64)


def _difference(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R,) concordant minus discordant pairs of each joint table (R, K, L); whole numbers, exact."""
    if tables.shape[1] > tables.shape[2]:
        tables = tables.transpose(0, 2, 1)
    # Steps up to each level of one side, by level of the other.
    reached = np.cumsum(tables, axis=2)
    if tables.shape[1] > _FEW:
        before = reached - tables
        smaller = np.cumsum(before, axis=1) - before
        larger = before.sum(axis=1, keepdims=True) - smaller - before
        found: NDArray[np.float64] = (tables * (smaller - larger)).sum(axis=(1, 2))
        return found
    # Pairs of levels (k, j) with the step of j not above that of k; pairs tied on the other side are counted
    # for (k, j) and for (j, k), and so cancel.
    pairs = tables @ reached.transpose(0, 2, 1)
    sign = np.sign(np.subtract.outer(np.arange(tables.shape[1]), np.arange(tables.shape[1])))
    weighed: NDArray[np.float64] = (pairs * sign).sum(axis=(1, 2))
    return weighed


def _free_pairs(counts: NDArray[np.int64]) -> Any:
    """For level counts (…, K): the square root of the number of pairs that are not tied (…,)."""
    n = counts.sum(axis=-1)
    return np.sqrt(n * (n - 1) // 2 - (counts * (counts - 1) // 2).sum(axis=-1))


def _ranks_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """For level counts (…, K): the average rank of each level, minus the mean rank (…, K)."""
    ends = np.cumsum(counts, axis=-1)
    ranks: NDArray[np.float64] = ends - (counts - 1) / 2.0 - (ends[..., -1:] + 1) / 2.0
    return ranks


def _spread(vector: Levels, ranks: NDArray[np.float64]) -> float:
    """The length of the vector of centred ranks."""
    return float(np.sqrt(float(vector.counts @ ranks**2)))
