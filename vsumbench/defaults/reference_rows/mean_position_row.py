"""`mean-position`: how important each relative position of a video is on average, without looking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Context, FitReport, Sample, Summary, Video
from vsumbench.errors import MismatchError

BINS = 100
"""Relative positions at which the mean is taken."""
_POSITIONS = (np.arange(BINS) + 0.5) / BINS
_FILE = "positions.json"


class MeanPositionRow:
    """Mean importance of the training videos and their annotators at each relative position."""

    def __init__(self, options: object, context: Context) -> None:
        self.means: NDArray[np.float64] = np.zeros(BINS)

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Average over annotators, then over videos. User summaries stand in where there is no importance.

        Raises:
            MismatchError: no training video has either.
        """
        curves = []
        for number, sample in enumerate(train, start=1):
            curve = _curve(sample.video, sample.annotations)
            if curve is not None:
                curves.append(curve)
            context.progress.advance("positions", number, len(train))
        if not curves:
            raise MismatchError(
                "no training video has importance or user summaries to average.", "Choose another split set."
            )
        self.means = np.mean(curves, axis=0)
        return FitReport(facts={"videos": len(curves)})

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """The mean at the position of each sampled step."""
        for video in videos:
            at = (video.picks + 0.5) / video.n_frames
            yield Summary(video_id=video.id, importance=np.interp(at, _POSITIONS, self.means))

    def save(self, folder: Path) -> None:
        """The means as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps(self.means.tolist()), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self.means = np.asarray(json.loads((folder / _FILE).read_text(encoding="utf-8")), dtype=np.float64)


def _curve(video: Video, annotations: Annotations) -> NDArray[np.float64] | None:
    """(BINS,) the mean over annotators at each relative position, linear between frames or steps."""
    rows = annotations.importance if annotations.importance is not None else annotations.user_summaries
    if rows is None or not len(rows):
        return None
    frames = video.picks if annotations.grid == "picks" else np.arange(video.n_frames)
    curve: NDArray[np.float64] = np.interp(_POSITIONS, (frames + 0.5) / video.n_frames, rows.mean(axis=0))
    return curve
