"""Highlights of Mr. HiSum: clips of a curve, the clips on top, average precision (protocols.md f)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLIP = 5
_LARGE = 700.0


def clip_means(scores: ArrayLike, clip: int = CLIP) -> NDArray[np.float64]:
    """The mean of each clip of `clip` steps; the last may be shorter. (ceil(n / clip),) for (n,) scores.

    Clips that should tie do so only if their steps are added in the same order, so it is the order of the
    reference: first the steps behind the last whole four, then the four lanes one by one.

    Raises:
        ValueError: no vector, or a clip length below 1.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1 or clip < 1:
        raise ValueError(f"scores {values.shape} in clips of {clip}; expected (n,) and at least 1")
    whole = len(values) // clip * clip
    means = _means(values[:whole].reshape(-1, clip))
    return np.append(means, _means(values[None, whole:])) if whole < len(values) else means


def top_clips(means: ArrayLike, share: float) -> NDArray[np.bool_]:
    """The clips on top, (m,) booleans: int(share m) of them by falling mean, the earlier one on a tie.

    The reference leaves the order of ties open.

    Args:
        means: (m,) clip means of the ground truth.
        share: 0.5 or 0.15; in [0, 1].
    """
    values = np.asarray(means, dtype=np.float64)
    top = np.zeros(len(values), dtype=np.bool_)
    top[np.argsort(-values, kind="stable")[: top_count(len(values), share)]] = True
    return top


def top_count(clips: int, share: float) -> int:
    """How many clips are on top: int(share m). None below 2 clips for 0.5, below 7 for 0.15."""
    return int(clips * share)


def clip_probabilities(means: ArrayLike) -> NDArray[np.float64]:
    """Predicted clip means (m,) as what the reference ranks by: exp(x) / (sum exp(x) + 1e-7).

    It keeps their order, and lets means that differ by rounding alone tie.
    """
    values = np.asarray(means, dtype=np.float64)
    peak = float(np.abs(values).max(initial=0.0))
    # Only what exp cannot hold is shifted: the rounding of all other values stays the reference's.
    powers = np.exp(values - values.max() if peak > _LARGE else values)
    probabilities: NDArray[np.float64] = powers / (powers.sum() + 1e-7)
    return probabilities


def average_precision(positives: ArrayLike, scores: ArrayLike) -> float:
    """Average precision in [0, 1]: the sum over distinct scores, from the highest down, of precision times
    the recall gained there. Equal scores come in together. NaN without a positive: there is no recall.

    Args:
        positives: (m,) booleans.
        scores: (m,) finite scores.

    Raises:
        ValueError: other shapes, or scores that are not finite.
    """
    wanted, given = np.asarray(positives, dtype=np.bool_), np.asarray(scores, dtype=np.float64)
    if wanted.ndim != 1 or wanted.shape != given.shape:
        raise ValueError(f"positives {wanted.shape} and scores {given.shape} are not two equal vectors")
    if not np.isfinite(given).all():
        raise ValueError("scores hold NaN or infinity")
    if not wanted.any():
        return float("nan")
    _, level = np.unique(-given, return_inverse=True)
    retrieved, found = np.bincount(level), np.bincount(level, weights=wanted)
    precision = np.cumsum(found) / np.cumsum(retrieved)
    return float((precision * found).sum() / found.sum())


def _means(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each row (m, k), k at least 1."""
    lanes = rows.shape[1] // 4 * 4
    total = np.zeros(len(rows))
    for column in rows[:, lanes:].T:
        total = total + column
    if lanes:
        for lane in rows[:, :lanes].reshape(len(rows), lanes // 4, 4).sum(axis=1).T:
            total = total + lane
    means: NDArray[np.float64] = total / rows.shape[1]
    return means
