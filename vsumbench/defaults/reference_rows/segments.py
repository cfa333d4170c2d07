"""From a selection of frames to segments in seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Video


def selected_segments(selected: NDArray[np.bool_], video: Video) -> NDArray[np.float64]:
    """The runs of a selection over frames (N,) or steps (T,) as segments (K, 2), seconds, half-open."""
    padded = np.concatenate(([False], selected, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    if len(selected) == video.n_frames:
        times = np.arange(video.n_frames + 1) / video.fps
    else:
        times = np.append(video.picks, video.n_frames) / video.fps
    return times[edges].reshape(-1, 2)
