"""Spans of time compared with spans of time: overlap, matches, precision and recall (protocols.md g)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SMALL = 1e-8


def overlaps(predicted: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Temporal IoU of each predicted span with each reference span.

    intersection / (union + 1e-8), where the union is the smaller of the hull and the sum of both lengths. The
    sums are taken in the order of the published code, so that an overlap on a threshold falls on its side. A
    span that ends before it starts overlaps nothing.

    Args:
        predicted: (P, 2) seconds; P may be 0.
        reference: (G, 2) seconds; G may be 0.

    Returns:
        (P, G) in [0, 1).

    Raises:
        ValueError: another shape, or a bound that is not finite.
    """
    first, second = _spans(predicted, "predicted"), _spans(reference, "reference")
    (start, end), (ref_start, ref_end) = first.T[:, :, None], second.T[:, None, :]
    shared = np.maximum(0.0, np.minimum(ref_end, end) - np.maximum(ref_start, start))
    hull = np.maximum(ref_end, end) - np.minimum(ref_start, start)
    lengths = ref_end - ref_start + end - start
    found: NDArray[np.float64] = np.zeros_like(shared)
    np.divide(shared, np.minimum(hull, lengths) + _SMALL, out=found, where=shared > 0)
    return found


def matches(predicted: ArrayLike, reference: ArrayLike, threshold: float) -> list[tuple[int, int]]:
    """The pairs (prediction, reference) that overlap by at least `threshold`, by prediction, then reference.

    Here the threshold itself counts, in `detection` it does not: so does the published code.

    Raises:
        ValueError: as `overlaps`.
    """
    found = np.argwhere(overlaps(predicted, reference) >= threshold)
    return [(int(i), int(j)) for i, j in found]


def detection(
    predicted: ArrayLike, references: Sequence[ArrayLike], thresholds: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall of one video's predicted spans at each threshold.

    A span is found if it overlaps one of the other side by more than the threshold (strictly). Precision is
    the share of predictions that found a reference, recall the share of references that were found; each is
    the best over the sets of references, whichever set gives it. Without a prediction both are 0.

    Args:
        predicted: (P, 2) seconds; P may be 0.
        references: one or more sets (G, 2) of seconds, G at least 1.
        thresholds: K overlaps.

    Returns:
        precision (K,) and recall (K,), in [0, 1].

    Raises:
        ValueError: as `overlaps`; no set of references, or an empty one, against which recall is undefined.
    """
    if not references:
        raise ValueError("no set of reference spans to compare with")
    limits = np.asarray(thresholds, dtype=np.float64)
    precision, recall = np.zeros(len(limits)), np.zeros(len(limits))
    for reference in references:
        found = overlaps(predicted, reference)
        if not found.shape[1]:
            raise ValueError("a set of reference spans is empty")
        if not found.shape[0]:
            continue
        precision = np.maximum(precision, (found.max(axis=1)[:, None] > limits).mean(axis=0))
        recall = np.maximum(recall, (found.max(axis=0)[:, None] > limits).mean(axis=0))
    return precision, recall


def _spans(given: ArrayLike, name: str) -> NDArray[np.float64]:
    spans = np.asarray(given, dtype=np.float64)
    if spans.size == 0 and spans.ndim <= 2:
        spans = spans.reshape(0, 2)
    if spans.ndim != 2 or spans.shape[1] != 2:
        raise ValueError(f"{name} spans have shape {spans.shape}, expected (K, 2)")
    if not np.isfinite(spans).all():
        raise ValueError(f"{name} spans hold a bound that is not finite")
    return spans
