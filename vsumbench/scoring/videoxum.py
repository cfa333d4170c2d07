"""VideoXum: the selection its released code makes, and VT-CLIPScore (protocols.md b).

The selection as intended is `vsumbench.scoring.shots.top_share`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .shots import budget_frames


def released_selection(logits: ArrayLike) -> NDArray[np.bool_]:
    """What the released evaluation selects, (T,) booleans: the saliency of step T - 1 - k and above.

    The saliencies reach its sort as a column, so nothing is sorted, and what should be the (k + 1)-th largest
    value is the k-th from the end of the video, k = int(0.15 T). How much is selected is arbitrary.

    Args:
        logits: (T,) saliencies of the unmasked steps, T at least 1.

    Raises:
        ValueError: no vector, or an empty one.
    """
    scores = _steps(logits)
    selected: NDArray[np.bool_] = scores >= scores[len(scores) - 1 - budget_frames(len(scores))]
    return selected


def released_saliency(logits: ArrayLike) -> NDArray[np.float32]:
    """What the released evaluation correlates, (T,) in [0, 1]: the sigmoid in float32.

    It rounds nearby logits to one value, and all beyond 17 to 1: ties that the scores do not have.

    Raises:
        ValueError: no vector, or an empty one.
    """
    with np.errstate(over="ignore"):
        one = np.float32(1)
        saliency: NDArray[np.float32] = one / (one + np.exp(-_steps(logits).astype(np.float32)))
    return saliency


def clip_count(steps: int) -> int:
    """How many of T frames VT-CLIPScore looks at: int(0.15 T), at least one."""
    return max(1, budget_frames(steps))


def vt_clip_score(frame_vectors: ArrayLike, saliency: ArrayLike, text: ArrayLike) -> float:
    """VT-CLIPScore in [-1, 1]: cosine of the mean of the best frames with the text; NaN if either is zero.

    The frames of the `clip_count(T)` highest saliencies, the earlier one on a tie, are averaged as they are
    stored; only the mean is normalised.

    Args:
        frame_vectors: (T, D) vectors of the frames, of any length.
        saliency: (T,) scores.
        text: (D,) vector of the predicted text.

    Raises:
        ValueError: shapes that do not belong together, no frame, or a value that is not finite.
    """
    vectors, words = np.asarray(frame_vectors, dtype=np.float64), np.asarray(text, dtype=np.float64)
    scores = _steps(saliency).astype(np.float64)
    if vectors.ndim != 2 or words.shape != vectors.shape[1:] or len(scores) != len(vectors):
        raise ValueError(
            f"frame vectors {vectors.shape}, saliency {scores.shape} and text {words.shape} are not (T, D), "
            "(T,) and (D,)"
        )
    if not all(np.isfinite(values).all() for values in (vectors, scores, words)):
        raise ValueError("a vector or a saliency holds NaN or infinity")
    best = np.argsort(-scores, kind="stable")[: clip_count(len(scores))]
    shown = vectors[best].mean(axis=0)
    lengths = float(np.linalg.norm(shown)) * float(np.linalg.norm(words))
    if not lengths:
        return float("nan")
    return min(1.0, max(-1.0, float(shown @ words) / lengths))


def _steps(values: ArrayLike) -> NDArray[np.generic]:
    scores = np.asarray(values)
    if scores.ndim != 1 or not len(scores):
        raise ValueError(f"saliencies have shape {scores.shape}, expected (T,) with T at least 1")
    return scores
