"""A 0/1 value for each native frame becomes segments in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Video

from .files import wrong


def segments_of(selected: NDArray[Any], video: Video, path: Path, key: str) -> list[tuple[float, float]]:
    """The runs of selected frames: [first, last + 1) / fps, in order. Nothing selected gives no segment.

    Frames are found again exactly: the protocols take the frames whose time lies in a segment.

    Args:
        selected: (N,) of 0 and 1, one for each native frame of the video.

    Raises:
        DataDamagedError: another length, or another value.
    """
    if selected.shape != (video.n_frames,):
        raise wrong(path, key, f"{video.n_frames} values, one for each frame of {video.id!r}", selected.size)
    if ((selected != 0) & (selected != 1)).any():
        index = int(np.argmax((selected != 0) & (selected != 1)))
        raise wrong(path, f"{key}[{index}]", "0 or 1", selected[index])
    edges = np.flatnonzero(np.diff(np.concatenate(([0], selected.astype(np.int8), [0]))))
    return [(float(a) / video.fps, float(b) / video.fps) for a, b in edges.reshape(-1, 2)]
