"""Rank correlation, F1 and highlight precision: one prediction with each reference of its video."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Cause, ReferenceSet, Undefined, Value
from vsumbench.scoring.clips import average_precision, clip_means, clip_probabilities, top_clips, top_count
from vsumbench.scoring.overlap import f1_scores
from vsumbench.scoring.rank import Levels, RankedRows, levels

CONSTANT_PREDICTION = Undefined("constant scores", Cause.PREDICTION)
CONSTANT_REFERENCE = Undefined("constant reference", Cause.REFERENCE)
NAN_PREDICTION = Undefined("NaN in the scores", Cause.PREDICTION)
NAN_REFERENCE = Undefined("NaN in the reference", Cause.REFERENCE)
TOO_SHORT = Undefined("fewer than two steps", Cause.REFERENCE)
EMPTY_PREDICTION = Undefined("empty summary", Cause.PREDICTION)
EMPTY_REFERENCE = Undefined("empty reference", Cause.REFERENCE)


def kendall(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """Kendall tau-b in [-1, 1] of a prediction (N,) with each reference row (R, N).

    Undefined for a constant vector or one with NaN, and below two steps.

    Raises:
        ValueError: two lengths; so in all metrics here.
    """
    return _correlate(RankedRows.kendall, prediction, references)


def spearman(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """Spearman rho in [-1, 1] with each reference row; undefined as `kendall`."""
    return _correlate(RankedRows.spearman, prediction, references)


def f1(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """F1 x 100 with each reference selection; undefined for an empty reference or an empty prediction."""
    _check_lengths(prediction, references)
    selected = prediction.astype(np.bool_)
    rows = references.rows.astype(np.bool_)
    filled = [bool(row.any()) for row in rows]
    if not selected.any():
        return [EMPTY_PREDICTION if some else EMPTY_REFERENCE for some in filled]
    values = 100.0 * f1_scores(selected, rows)
    return [float(value) if some else EMPTY_REFERENCE for value, some in zip(values, filled, strict=True)]


def map50(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """Average precision x 100 of clips of 5 steps, true where a reference row has its top half.

    Undefined for a constant reference, and for one clip (5 steps and fewer). Constant scores are defined:
    all clips come in together.
    """
    return _highlights(0.5, prediction, references)


def map15(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """As `map50` with the top 15 %; undefined for 6 clips and fewer (30 steps), of which none is on top."""
    return _highlights(0.15, prediction, references)


def _highlights(share: float, prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    _check_lengths(prediction, references)
    rows = references.derived("clip means", lambda matrix: [clip_means(row) for row in matrix])
    predicted = clip_means(prediction)
    values: list[Value] = []
    for means in rows:
        if not top_count(len(means), share):
            values.append(
                Undefined(f"{len(means)} clips of 5 steps: none is in the top {share:.0%}", Cause.REFERENCE)
            )
        elif not np.isfinite(means).all():
            values.append(NAN_REFERENCE)
        elif np.ptp(means) <= 1e-12 * np.abs(means).max():
            # Not exactly 0: in a shorter last clip the same value has another rounding.
            values.append(CONSTANT_REFERENCE)
        elif not np.isfinite(predicted).all():
            values.append(NAN_PREDICTION)
        else:
            top = top_clips(means, share)
            values.append(100.0 * average_precision(top, clip_probabilities(predicted)))
    return values


def _correlate(
    statistic: Callable[[RankedRows, Levels], NDArray[np.float64]],
    prediction: NDArray[np.generic],
    references: ReferenceSet,
) -> Sequence[Value]:
    _check_lengths(prediction, references)
    rows = references.derived("ranks", _Ranks)
    if len(prediction) < 2:
        return [TOO_SHORT] * len(references)
    predicted = rows.of(prediction)
    values: list[Value] = []
    found = zip(rows.rows.ordered, rows.rows.constant, statistic(rows.rows, predicted), strict=True)
    for ordered, constant, value in found:
        # The reference is looked at first: a constant annotator is nobody's mistake but its own.
        if not ordered:
            values.append(NAN_REFERENCE)
        elif constant:
            values.append(CONSTANT_REFERENCE)
        elif not predicted.ordered:
            values.append(NAN_PREDICTION)
        elif predicted.constant:
            values.append(CONSTANT_PREDICTION)
        else:
            values.append(float(value))
    return values


class _Ranks:
    """The ranks of reference rows, and of the prediction that two statistics meet one after the other."""

    def __init__(self, matrix: NDArray[np.generic]) -> None:
        self.rows = RankedRows(matrix)
        self._last: tuple[NDArray[np.generic], Levels] | None = None

    def of(self, prediction: NDArray[np.generic]) -> Levels:
        if self._last is None or not np.array_equal(self._last[0], prediction):
            self._last = (prediction.copy(), levels(prediction))
        return self._last[1]


def _check_lengths(prediction: NDArray[np.generic], references: ReferenceSet) -> None:
    if prediction.shape != references.rows.shape[1:]:
        raise ValueError(f"prediction {prediction.shape} and references {references.rows.shape} differ")
