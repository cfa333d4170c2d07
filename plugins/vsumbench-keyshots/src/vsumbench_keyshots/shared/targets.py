"""What a model learns from a video's annotations, and how it is normalised (sheet 00)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Sample
from vsumbench.data.grids import rows_on
from vsumbench.errors import MismatchError

Scores = NDArray[np.float64]


def gtscore(sample: Sample) -> Scores:
    """(T,) mean importance at the picks: as published with the features, where it is.

    Elsewhere (inferred) it is the mean over annotators of their ratings, each divided by the annotator's own
    maximum; or, where importance is not rated, the share of annotators who selected the step.

    Raises:
        MismatchError: the video has neither ratings nor user summaries.
    """
    told = sample.annotations
    if told.gtscore is not None:
        return np.asarray(told.gtscore, dtype=np.float64)
    if told.importance is not None and told.coding == "rating":
        highest = told.importance.max(axis=1, keepdims=True)
        rows = told.importance / np.where(highest > 0, highest, 1.0)
    elif told.user_summaries is not None:
        rows = told.user_summaries.astype(np.float64)
    else:
        raise MismatchError(
            f"video {sample.video.id!r} has no importance to learn from.",
            "Use a dataset whose annotators rate or select frames.",
        )
    mean: Scores = rows_on(rows, told, sample.video, "picks").mean(axis=0)
    return mean


def min_max(scores: Scores) -> Scores:
    """Stretched to [0, 1]: less the minimum, then divided by the new maximum; constant scores give 0."""
    raised = scores - scores.min()
    highest = raised.max()
    stretched: Scores = raised / highest if highest > 0 else np.zeros_like(raised)
    return stretched
