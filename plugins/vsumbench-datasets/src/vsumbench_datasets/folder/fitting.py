"""What an annotation file says, on the frames or steps of its video."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations
from vsumbench.data import check_change_points
from vsumbench.data.video import VideoInfo

from .told import Segments, Told, wrong

CLOSE = 1e-6
"""Seconds within which a frame's time is the bound of a segment."""
SLACK = 1.0
"""Seconds by which a segment may pass the end of its video: people write whole seconds."""


def annotations_of(
    told: Told, video_id: str, info: VideoInfo, picks: NDArray[np.int64], path: Path
) -> Annotations:
    """The annotations of a video: on its steps where importance is given on steps, else on its frames.

    A frame belongs to a segment if its time lies in [start, end). Where only summaries are given, being
    selected is the importance.

    Raises:
        DataDamagedError: rows of another length than the video, or segments outside it.
    """
    grid: Literal["frames", "picks"] = "picks" if told.grid == "steps" else "frames"
    times = info.times[picks] if grid == "picks" else info.times
    summaries = None
    if told.summaries is not None:
        rows = [_within(row, info, path, f"summaries[{at}]") for at, row in enumerate(told.summaries)]
        summaries = np.array([_painted(row, times) > 0 for row in rows])
    importance = None if summaries is None else summaries.astype(np.float64)
    if told.grid == "segments":
        rows = [
            _within(row, info, path, f"importance.values[{at}]") for at, row in enumerate(told.importance)
        ]
        importance = np.array([_painted(row, times) for row in rows])
    elif told.grid is not None:
        for at, row in enumerate(told.importance):
            if len(row) != len(times):
                expected = f"{len(times)} numbers, one a {told.grid[:-1]}"
                raise wrong(path, f"importance.values[{at}]", expected, len(row))
        importance = np.array(told.importance)
    return Annotations(
        video_id=video_id,
        importance=importance,
        grid=grid,
        user_summaries=summaries,
        texts=told.texts,
        captions=told.captions,
    )


def shots_of(told: Told, info: VideoInfo, path: Path) -> NDArray[np.int64] | None:
    """(S, 2) change points, or None: a shot begins with the first frame at or after each cut.

    Raises:
        DataDamagedError: change points that do not cover the video, or a cut after its end.
    """
    if told.change_points is not None:
        check_change_points(told.change_points, info.n_frames, path)
        return told.change_points
    if told.cuts is None:
        return None
    if len(told.cuts) and told.cuts[-1] >= info.duration:
        raise wrong(path, "cuts", f"seconds before the end at {info.duration:.2f}", f"{told.cuts[-1]:g}")
    firsts = np.unique(np.concatenate(([0], np.searchsorted(info.times, told.cuts - CLOSE))))
    firsts = firsts[firsts < info.n_frames]
    return np.stack([firsts, np.append(firsts[1:], info.n_frames) - 1], axis=1).astype(np.int64)


def _within(segments: Segments, info: VideoInfo, path: Path, key: str) -> Segments:
    if len(segments) and segments[-1, 1] > info.duration + SLACK:
        raise wrong(path, key, f"segments within {info.duration:.2f} s", f"one to {segments[-1, 1]:g} s")
    return segments


def _painted(segments: Segments, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(len(times),) the score of the segment each time lies in (1 where there are no scores), else 0."""
    values = np.zeros(len(times))
    for row in segments:
        start, end = np.searchsorted(times, row[:2] - CLOSE)
        values[start:end] = row[2] if len(row) > 2 else 1.0
    return values
