"""F_CLIP and Cross-F_CLIP: how well two sets of vectors cover each other (protocols.md c)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Coverage:
    """How well a predicted set and a reference set cover each other, each number in [0, 1].

    Attributes:
        precision: mean over predicted vectors of the best cosine with a reference vector.
        recall: mean over reference vectors of the best cosine with a predicted vector.
        f: their harmonic mean; 0 if both are 0.
    """

    precision: float
    recall: float
    f: float


NOTHING = Coverage(0.0, 0.0, 0.0)


def f_clip(reference: ArrayLike, predicted: ArrayLike) -> Coverage:
    """F_CLIP of a predicted set with a reference set: equations 1 to 4 of paper 002.

    c_ij = max(cos(r_i, p_j), 0); recall = mean_i max_j c_ij; precision = mean_j max_i c_ij. Exchanging the
    sets exchanges precision and recall and leaves F. Without a vector on either side all three are 0.

    Args:
        reference: (m, d) vectors of any length; they are normalised here. A zero vector has no direction:
            its cosine with everything is 0.
        predicted: (n, d) likewise.

    Raises:
        ValueError: other shapes, or a value that is not finite.
    """
    one, other = _directions(reference), _directions(predicted)
    if not len(one) or not len(other):
        return NOTHING
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"vectors of {one.shape[1]} and of {other.shape[1]} dimensions have no angle")
    cosines = np.clip(one @ other.T, 0.0, 1.0)
    recall, precision = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    both = precision + recall
    return Coverage(precision, recall, 2 * precision * recall / both if both else 0.0)


def cross_f_clip(
    reference_frames: ArrayLike,
    predicted_frames: ArrayLike,
    reference_texts: ArrayLike,
    predicted_texts: ArrayLike,
) -> float:
    """Cross-F_CLIP in [0, 1]: F of reference frames with predicted texts, and of reference texts with
    predicted frames, averaged. Arguments and errors as in `f_clip`.
    """
    written = f_clip(reference_frames, predicted_texts).f
    shown = f_clip(reference_texts, predicted_frames).f
    return (written + shown) / 2


def _directions(vectors: ArrayLike) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    if not rows.size:
        return np.zeros((0, 0))
    if rows.ndim != 2:
        raise ValueError(f"a set of vectors has shape {rows.shape}, expected (count, d)")
    if not np.isfinite(rows).all():
        raise ValueError("a vector holds NaN or infinity")
    # Divided by the largest entry first, so that no square overflows or vanishes.
    largest = np.abs(rows).max(axis=1, keepdims=True)
    scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    directions: NDArray[np.float64] = np.divide(scaled, lengths, out=scaled, where=lengths > 0)
    return directions
