"""Summaries and annotations on a video's own grid: every native frame, or the sampled steps."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Summary, Video
from vsumbench.errors import DataDamagedError, MismatchError, PredictionError
from vsumbench.scoring.shots import hold

Grid = Literal["frames", "picks"]


def selects_itself(summary: Summary) -> bool:
    """An annotator's own selection, or one of a model that writes no scores, is taken as it is."""
    return summary.segments is not None and (summary.importance is None or summary.annotator is not None)


def scores_on(summary: Summary, video: Video, grid: Grid) -> NDArray[np.float64]:
    """The importance of a summary: (N,) at `frames`, held until the next pick, or (T,) at `picks`.

    Raises:
        MismatchError: the summary has no importance.
        PredictionError: its times do not fall on frames of the video.
    """
    if summary.importance is None:
        raise MismatchError(
            f"the prediction for video {summary.video_id!r} has segments but no importance scores, "
            "which this protocol compares.",
            "Use a protocol that compares selections (F1).",
        )
    times, scores = summary.times, summary.importance
    if isinstance(times, str):
        if times == grid:
            return scores
        return hold(scores, video.picks, video.n_frames) if grid == "frames" else scores[video.picks]
    # A score given in seconds counts from the first frame at or after its time.
    frames = np.ceil(np.asarray(times) * video.fps - 1e-6).astype(np.int64)
    if frames[0] < 0 or frames[-1] >= video.n_frames or (np.diff(frames) <= 0).any():
        raise PredictionError(
            f"prediction for video {summary.video_id!r}: its times do not fall on distinct frames of the "
            f"video ({video.n_frames} frames at {video.fps:g} fps).",
            "Give times in seconds from 0 to the end of the video, at most one a frame.",
        )
    held = hold(scores, frames, video.n_frames)
    return held if grid == "frames" else held[video.picks]


def selection_on(summary: Summary, video: Video, grid: Grid) -> NDArray[np.bool_]:
    """What the segments of a summary select: (N,) at `frames`, (T,) at `picks`."""
    assert summary.segments is not None
    times = np.arange(video.n_frames) / video.fps if grid == "frames" else video.pick_times
    # Half a millisecond of slack: segment bounds are often rounded frame times.
    starts, ends = np.searchsorted(times, summary.segments - 5e-4).T
    selected = np.zeros(len(times), dtype=np.bool_)
    for start, end in zip(starts, ends, strict=True):
        selected[start:end] = True
    return selected


def rows_on(rows: NDArray[Any], annotations: Annotations, video: Video, grid: Grid) -> NDArray[Any]:
    """Annotation rows (U, N) or (U, T), as `annotations.grid` says, on the grid asked for.

    Raises:
        DataDamagedError: another length than the video has.
        MismatchError: every frame is asked for and sampled steps are annotated.
    """
    expected = video.n_frames if annotations.grid == "frames" else video.steps
    if rows.shape[1] != expected:
        raise DataDamagedError(
            f"annotations of video {video.id!r} have {rows.shape[1]} values a row, expected {expected} "
            f"({annotations.grid}).",
            "Check the annotations with `vsumbench data verify`, or references of your own for their length.",
        )
    if annotations.grid == grid or video.steps == video.n_frames:
        return rows
    if grid == "picks":
        return rows[:, video.picks]
    raise MismatchError(
        f"video {video.id!r} is annotated at its sampled steps only; this protocol needs every frame.",
        "Use a protocol at the sampled steps; see `vsumbench list protocols`.",
    )
