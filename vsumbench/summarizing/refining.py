"""From the step at which a shot begins to the very frame.

KTS finds between which two steps a shot ends. A summary that was cut at the step would show the first frames
of the next shot at its end, as a flash. So the frames between the two steps are looked at once more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Frame
from vsumbench.data.video import VideoInfo, stream_frames

_SIDE = 32


def first_frames(
    info: VideoInfo,
    picks: NDArray[np.int64],
    edges: NDArray[np.int64],
    progress: Callable[[int, int], None] | None = None,
    threads: int = 1,
) -> NDArray[np.int64]:
    """(m,) frames at which shots begin, strictly increasing.

    Of the frames after step e - 1 up to step e, the one that differs most from the frame before it; of equals
    the last. A dissolve has no such frame: there it is one within it.

    Args:
        info: the video.
        picks: (T,) frames of the steps.
        edges: (m,) steps e at which shots begin, increasing, each at least 1.
        progress: told how many frames are done, of how many.
        threads: threads of the decoder.
    """
    starts, stops = picks[edges - 1], picks[edges]
    between = [np.arange(a, b + 1) for a, b in zip(starts, stops, strict=True)]
    wanted = np.unique(np.concatenate(between)) if between else np.zeros(0, dtype=np.int64)
    change = np.zeros(info.n_frames)
    before: tuple[int, NDArray[np.int16]] | None = None
    for number, frame in enumerate(stream_frames(info.path, wanted, info=info, threads=threads), start=1):
        picture = _small(frame)
        if before is not None and before[0] == frame.index - 1:
            change[frame.index] = np.abs(picture - before[1]).mean()
        before = (frame.index, picture)
        if progress is not None:
            progress(number, len(wanted))
    found = [int(b - np.argmax(change[a + 1 : b + 1][::-1])) for a, b in zip(starts, stops, strict=True)]
    return np.asarray(found, dtype=np.int64)


def _small(frame: Frame) -> NDArray[np.int16]:
    """About 32 x 32 of the pixels, at equal distances."""
    height, width, _ = frame.pixels.shape
    places = (np.arange(_SIDE) + 0.5) / _SIDE
    rows, columns = (places * height).astype(np.int64), (places * width).astype(np.int64)
    small: NDArray[np.int16] = frame.pixels[rows[:, None], columns[None, :]].astype(np.int16)
    return small
