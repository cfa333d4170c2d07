"""Key frames as a target: the published binary summary at the picks, or one made by the same rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Sample
from vsumbench.scoring.keyshots import keyshot_summary
from vsumbench.scoring.shots import hold

from .targets import gtscore

SHARE = 0.15
"""Of the video, the share that a summary may be long."""


def key_frames(sample: Sample) -> NDArray[np.bool_]:
    """(T,) steps of the summary that is published with the video.

    Elsewhere (inferred) the knapsack summary of `targets.gtscore` at 15 %, on the video's shots; without
    shots the 15 % of the steps with the highest scores, at least one, the earlier of two equal ones.

    Raises:
        MismatchError: the video has neither a summary nor importance.
    """
    if sample.annotations.gtsummary is not None:
        return np.asarray(sample.annotations.gtsummary, dtype=np.bool_)
    scores, video = gtscore(sample), sample.video
    if video.change_points is not None:
        frames = keyshot_summary(
            hold(scores, video.picks, video.n_frames), video.change_points, video.n_frames
        )
        return np.asarray(frames[video.picks], dtype=np.bool_)
    chosen = np.zeros(len(scores), dtype=np.bool_)
    chosen[np.argsort(-scores, kind="stable")[: max(1, int(SHARE * len(scores)))]] = True
    return chosen
