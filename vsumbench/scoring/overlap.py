"""F1 of selections, by the convention of the harness or of a reference (protocols.md a.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_EPSILON = 1e-8


def f1_scores(prediction: NDArray[np.bool_], references: NDArray[np.bool_]) -> NDArray[np.float64]:
    """F1 in [0, 1] of one selection (N,) with each reference selection (R, N); exact, no epsilon.

    No overlap gives 0; so does an empty prediction. The caller decides about an empty reference, for which F1
    is not defined; here it gives 0 as well. Lengths must agree.

    Raises:
        ValueError: shapes other than (N,) and (R, N).
    """
    _same_length(prediction, references)
    both = np.count_nonzero(references & prediction, axis=1)
    sizes = np.count_nonzero(references, axis=1) + np.count_nonzero(prediction)
    values: NDArray[np.float64] = np.divide(2.0 * both, sizes, out=np.zeros(len(references)), where=sizes > 0)
    return values


@dataclass(frozen=True)
class Overlap:
    """F1, precision and recall (R,) of one selection with each of R references, on the convention's scale."""

    f1: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]

    def mean(self) -> tuple[float, float, float]:
        """Mean F1, precision and recall over the references (TVSum); NaN if any of its values is."""
        return float(self.f1.mean()), float(self.precision.mean()), float(self.recall.mean())

    def best(self) -> tuple[float, float, float]:
        """The largest F1 (SumMe), with the precision and recall of the first reference that has it.

        Values are compared in order, as Python's `max` does: a NaN at the first reference stays, a later one
        is passed over.
        """
        at = max(range(len(self.f1)), key=self.f1.__getitem__)
        return float(self.f1[at]), float(self.precision[at]), float(self.recall[at])


def overlap_pgl(prediction: NDArray[Any], references: NDArray[Any]) -> Overlap:
    """PGL-SUM and CSTA: 0 to 100, both padded with zeros to the longer length, no epsilon.

    An empty prediction or an empty reference gives NaN.

    Args:
        prediction: (M,) selection.
        references: (R, N) selections, R at least 1.

    Raises:
        ValueError: other shapes.
    """
    chosen, rows = _selections(prediction, references)
    shared = min(len(chosen), rows.shape[1])
    both = np.count_nonzero(rows[:, :shared] & chosen[:shared], axis=1).astype(np.float64)
    with np.errstate(invalid="ignore"):
        precision = both / np.count_nonzero(chosen)
        recall = both / np.count_nonzero(rows, axis=1)
    return Overlap(100 * _harmonic(precision, recall), 100 * precision, 100 * recall)


def overlap_vasnet(prediction: NDArray[Any], references: NDArray[Any]) -> Overlap:
    """VASNet, VSUMM-RL, MSVA, SSPVS: 0 to 1, 1e-8 added to both denominators; what is empty gives 0.

    The prediction is cut or padded with zeros to the length of the references. The references compute in
    float32, and in float64 where they pad; so does this, as it decides which of two equal F1 is the largest.

    Args, raises: as `overlap_pgl`.
    """
    chosen, rows = _selections(prediction, references)
    kind = np.float64 if len(chosen) < rows.shape[1] else np.float32
    chosen = _fitted(chosen, rows.shape[1])
    both = np.count_nonzero(rows & chosen, axis=1).astype(kind)
    precision = both / (kind(np.count_nonzero(chosen)) + kind(_EPSILON))
    recall = both / (np.count_nonzero(rows, axis=1).astype(np.float32) + np.float32(_EPSILON))
    found = (_harmonic(precision, recall), precision, recall)
    return Overlap(*(values.astype(np.float64) for values in found))


def overlap_dsnet(prediction: NDArray[Any], references: NDArray[Any]) -> Overlap:
    """DSNet and A2Summ: 0 to 1, exact, 0 where nothing overlaps (also where something is empty).

    The prediction is cut or padded with zeros to the length of the references. The F1 of the harness is this
    one, of equal lengths (`f1_scores`).

    Args, raises: as `overlap_pgl`.
    """
    chosen, rows = _selections(prediction, references)
    chosen = _fitted(chosen, rows.shape[1])
    both = np.count_nonzero(rows & chosen, axis=1).astype(np.float64)
    precision = both / max(1, np.count_nonzero(chosen))
    recall = both / np.maximum(1, np.count_nonzero(rows, axis=1))
    return Overlap(f1_scores(chosen, rows), precision, recall)


def overlap_mrhisum(prediction: NDArray[Any], references: NDArray[Any]) -> Overlap:
    """Mr. HiSum: 0 to 100, 1e-8 added to every element of a denominator; what is empty gives 0.

    Args: as `overlap_pgl`.

    Raises:
        ValueError: other shapes; lengths that differ.
    """
    chosen, rows = _selections(prediction, references)
    _same_length(chosen, rows)
    both = np.count_nonzero(rows & chosen, axis=1).astype(np.float64)
    added = len(chosen) * _EPSILON
    precision = both / (np.count_nonzero(chosen) + added)
    recall = both / (np.count_nonzero(rows, axis=1) + added)
    return Overlap(100 * _harmonic(precision, recall), 100 * precision, 100 * recall)


CONVENTIONS: Mapping[str, Callable[[NDArray[Any], NDArray[Any]], Overlap]] = MappingProxyType(
    {"pgl": overlap_pgl, "vasnet": overlap_vasnet, "dsnet": overlap_dsnet, "mrhisum": overlap_mrhisum}
)


def _harmonic(precision: NDArray[Any], recall: NDArray[Any]) -> NDArray[Any]:
    """2PR / (P + R); 0 where both are 0, NaN where either is."""
    total = precision + recall
    found: NDArray[Any] = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total != 0)
    return found


def _selections(
    prediction: NDArray[Any], references: NDArray[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    prediction, references = np.asarray(prediction), np.asarray(references)
    if prediction.ndim != 1 or references.ndim != 2 or not len(references):
        raise ValueError(f"prediction {prediction.shape}, references {references.shape}: not (M,), (R, N)")
    return prediction.astype(np.bool_), references.astype(np.bool_)


def _same_length(prediction: NDArray[Any], references: NDArray[Any]) -> None:
    if prediction.ndim != 1 or references.ndim != 2 or len(prediction) != references.shape[1]:
        raise ValueError(
            f"a prediction {prediction.shape} and references {references.shape} of different lengths"
        )


def _fitted(selection: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Cut to a length, or padded with zeros to it."""
    fitted = np.zeros(length, dtype=np.bool_)
    fitted[: len(selection)] = selection[:length]
    return fitted
