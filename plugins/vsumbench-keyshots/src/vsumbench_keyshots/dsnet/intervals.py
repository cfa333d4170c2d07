"""From proposed bounds to intervals of whole steps, and from intervals to a score for each step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Intervals:
    """Intervals of steps, best first.

    Attributes:
        scores: (K,) falling.
        bounds: (K, 2) first step, and the step after the last.
    """

    scores: Floats
    bounds: NDArray[np.int64]


def whole_steps(scores: Floats, bounds: Floats, steps: int) -> Intervals:
    """Proposals clipped to [0, T] and rounded, halves to the even step; empty ones are left out.

    Of proposals with the same bounds the best is kept (any suppression would leave it alone).

    Args:
        scores: (N,) of the proposals.
        bounds: (N, 2) real bounds in steps, maybe infinite, never NaN.
        steps: T.
    """
    rounded = np.rint(np.clip(bounds, 0, steps)).astype(np.int64)
    order = np.argsort(-scores, kind="stable")
    order = order[rounded[order, 1] > rounded[order, 0]]
    found = rounded[order]
    _, first = np.unique(found[:, 0] * (steps + 1) + found[:, 1], return_index=True)
    order = order[np.sort(first)]
    return Intervals(scores[order], rounded[order])


def suppressed(intervals: Intervals, threshold: float) -> Intervals:
    """Greedy non-maximum suppression: IoU with every better kept one below threshold."""
    starts, ends = intervals.bounds.T.astype(np.float64)
    left = np.arange(len(starts))
    kept = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        shared = np.minimum(ends[left], ends[best]) - np.maximum(starts[left], starts[best])
        shared = shared.clip(min=0)
        union = ends[left] - starts[left] + (ends[best] - starts[best]) - shared
        left = left[shared < threshold * union]
    return Intervals(intervals.scores[kept], intervals.bounds[kept])


def painted(intervals: Intervals, steps: int) -> Floats:
    """(T,) the highest score among the intervals that cover a step; 0 where none does."""
    scores = np.zeros(steps, dtype=intervals.scores.dtype)
    # From the worst to the best: what is painted last stays.
    for score, (start, end) in zip(intervals.scores[::-1], intervals.bounds[::-1].tolist(), strict=True):
        scores[start:end] = score
    return scores
