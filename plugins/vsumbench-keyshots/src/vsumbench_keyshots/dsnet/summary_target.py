"""The summary that both detectors learn (dsnet-ab.md, "Training")."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Sample
from vsumbench.errors import MismatchError
from vsumbench.scoring.keyshots import RULES, keyshot_summary
from vsumbench.scoring.shots import hold_strict
from vsumbench_keyshots.shared.targets import gtscore, min_max


def summary_steps(sample: Sample) -> NDArray[np.bool_]:
    """(T,) which steps lie in the 15 % keyshot summary of gtscore, stretched to [0, 1].

    It is looked at where the video was sampled. The published code takes every 15th frame, which is the same
    for the published features.

    Raises:
        MismatchError: the video has no shots, or nothing to learn from.
    """
    video = sample.video
    if video.change_points is None:
        raise MismatchError(
            f"video {video.id!r} has no shots; DSNet learns from a summary of shots.",
            "Use a dataset with change points.",
        )
    frames = hold_strict(min_max(gtscore(sample)), video.picks, video.n_frames)
    chosen = keyshot_summary(frames, video.change_points, video.n_frames, RULES["dsnet"])
    found: NDArray[np.bool_] = chosen[video.picks]
    return found
