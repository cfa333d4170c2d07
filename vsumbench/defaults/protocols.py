"""Interprets the default video-to-video protocols: keyshot chain and reference construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Cause, ReferenceSet, Summary, Undefined, Video
from vsumbench.errors import DataDamagedError, MismatchError, PredictionError
from vsumbench.scoring.shots import hold, keyshot_summary, top_share

Grid = Literal["frames", "picks"]


class Chain:
    """The vector protocol of the parameters `prediction`, `reference`, `users` and `grid`.

    prediction: `scores` (as they are), `keyshots` (knapsack summary) or `top-share` (top 15 % of steps).
    reference: `importance` or `user_summaries`; users: `each` row, or their `mean`.
    grid: `frames` (every native frame) or `picks` (the sampled steps).
    """

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> ReferenceSet | Undefined:
        """The reference rows (R, N) on the protocol's grid; R = 1 for `users="mean"`."""
        which = parameters["reference"]
        rows = annotations.importance if which == "importance" else annotations.user_summaries
        if rows is None:
            raise MismatchError(
                f"video {video.id!r} has no {which.replace('_', ' ')} in this edition, which the protocol "
                "compares with."
            )
        if not len(rows):
            return Undefined("no annotator left to compare with", Cause.REFERENCE)
        rows = _rows_on_grid(rows, annotations, video, parameters["grid"])
        if parameters["users"] == "mean":
            rows = rows.mean(axis=0, keepdims=True)
        return ReferenceSet(rows)

    def prediction(
        self, summary: Summary, video: Video, parameters: Mapping[str, Any]
    ) -> NDArray[np.generic] | Undefined:
        """The prediction (N,) on the protocol's grid: scores, or a boolean selection."""
        kind, grid = parameters["prediction"], parameters["grid"]
        if kind == "scores":
            return _scores(summary, video, grid)
        if _selects_itself(summary):
            return _selected(summary, video, grid)
        if kind == "top-share":
            return top_share(_scores(summary, video, grid))
        if video.change_points is None:
            raise MismatchError(f"video {video.id!r} has no change points, which a keyshot summary needs.")
        return keyshot_summary(_scores(summary, video, "frames"), video.change_points, video.n_frames)


CHAIN = Chain()


def _selects_itself(summary: Summary) -> bool:
    """An annotator's own selection, or one of a model that writes no scores, is taken as it is."""
    return summary.segments is not None and (summary.importance is None or summary.annotator is not None)


def _scores(summary: Summary, video: Video, grid: Grid) -> NDArray[np.float64]:
    if summary.importance is None:
        raise MismatchError(
            f"the prediction for video {summary.video_id!r} has segments but no importance scores, "
            "which rank correlation needs.",
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
            "video "
            f"({video.n_frames} frames at {video.fps:g} fps)."
        )
    held = hold(scores, frames, video.n_frames)
    return held if grid == "frames" else held[video.picks]


def _selected(summary: Summary, video: Video, grid: Grid) -> NDArray[np.bool_]:
    assert summary.segments is not None
    times = np.arange(video.n_frames) / video.fps if grid == "frames" else video.pick_times
    # Half a millisecond of slack: segment bounds are often rounded frame times.
    starts, ends = np.searchsorted(times, summary.segments - 5e-4).T
    selected = np.zeros(len(times), dtype=np.bool_)
    for start, end in zip(starts, ends, strict=True):
        selected[start:end] = True
    return selected


def _rows_on_grid(rows: NDArray[Any], annotations: Annotations, video: Video, grid: Grid) -> NDArray[Any]:
    expected = video.n_frames if annotations.grid == "frames" else video.steps
    if rows.shape[1] != expected:
        raise DataDamagedError(
            f"annotations of video {video.id!r} have {rows.shape[1]} values a row, expected {expected} "
            f"({annotations.grid})."
        )
    if annotations.grid == grid:
        return rows
    if grid == "picks":
        return rows[:, video.picks]
    raise MismatchError(
        f"video {video.id!r} is annotated at its sampled steps only; this protocol needs every frame."
    )
