"""The digest of videos and annotations as they are read: files that hold the same give the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Video
from vsumbench.data import sha256_arrays, sha256_json


def content_digest(
    ids: Iterable[str], video: Callable[[str], Video], annotations: Callable[[str], Annotations]
) -> str:
    """Sha256 hex over everything of these videos that predictions and scores depend on."""
    return sha256_json({one: video_digest(video(one), annotations(one)) for one in ids})


def video_digest(video: Video, told: Annotations) -> str:
    """Sha256 hex over one video and what was said about it."""
    arrays: dict[str, NDArray[Any] | None] = {
        "picks": video.picks,
        "change_points": video.change_points,
        "importance": told.importance,
        "user_summaries": told.user_summaries,
        "gtscore": told.gtscore,
        "gtsummary": told.gtsummary,
        "time": np.asarray([video.n_frames, video.fps, video.duration], dtype=np.float64),
        **{f"feature {name}": feature.read() for name, feature in video.features.items()},
    }
    return sha256_arrays({name: array for name, array in arrays.items() if array is not None})
