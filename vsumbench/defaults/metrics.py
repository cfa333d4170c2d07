"""Rank correlation and F1: the statistic of one prediction with each reference of its video."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Cause, ReferenceSet, Undefined, Value
from vsumbench.scoring.overlap import f1_scores
from vsumbench.scoring.rank import Levels, kendall_tau_b, levels, spearman_rho

CONSTANT_PREDICTION = Undefined("constant scores", Cause.PREDICTION)
CONSTANT_REFERENCE = Undefined("constant reference", Cause.REFERENCE)
TOO_SHORT = Undefined("fewer than two steps", Cause.REFERENCE)
EMPTY_PREDICTION = Undefined("empty summary", Cause.PREDICTION)
EMPTY_REFERENCE = Undefined("empty reference", Cause.REFERENCE)


def kendall(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """Kendall tau-b in [-1, 1] with each reference row; undefined for constant vectors."""
    return _correlate(kendall_tau_b, prediction, references)


def spearman(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """Spearman rho in [-1, 1] with each reference row; undefined for constant vectors."""
    return _correlate(spearman_rho, prediction, references)


def f1(prediction: NDArray[np.generic], references: ReferenceSet) -> Sequence[Value]:
    """F1 x 100 with each reference selection; undefined for an empty reference or an empty prediction."""
    selected = prediction.astype(np.bool_)
    rows = references.rows.astype(np.bool_)
    filled = [bool(row.any()) for row in rows]
    if not selected.any():
        return [EMPTY_PREDICTION if some else EMPTY_REFERENCE for some in filled]
    values = 100.0 * f1_scores(selected, rows)
    return [float(value) if some else EMPTY_REFERENCE for value, some in zip(values, filled, strict=True)]


def _correlate(
    statistic: Callable[[Levels, Levels], float], prediction: NDArray[np.generic], references: ReferenceSet
) -> Sequence[Value]:
    rows = references.derived("levels", lambda matrix: [levels(row) for row in matrix])
    if len(prediction) < 2:
        return [TOO_SHORT] * len(rows)
    predicted = levels(prediction)
    values: list[Value] = []
    for row in rows:
        # The reference is looked at first: a constant annotator is nobody's mistake but its own.
        if row.constant:
            values.append(CONSTANT_REFERENCE)
        elif predicted.constant:
            values.append(CONSTANT_PREDICTION)
        else:
            values.append(statistic(predicted, row))
    return values
