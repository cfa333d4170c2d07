"""The model: sums over the training videos, one linear system, one score a step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.errors import MismatchError, OptionValueError
from vsumbench.training.selection import write_json_checkpoint

from .features import Array, with_constant, with_contrast
from .spec import Options


class Spotlight:
    """importance = inputs @ weights."""

    def __init__(self, options: Options, context: Context) -> None:
        if options.window < 1 or options.ridge <= 0:
            raise OptionValueError(f"{options}: window must be at least 1 and ridge above 0.")
        self.options = options
        self.weights: Array = np.zeros(0)

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Sum up what ridge regression needs; a stopped training goes on at the next video."""
        path = context.folders.checkpoints / "sums.json"
        state = {"videos": 0, "squares": 0.0, "products": 0.0}
        if path.exists():
            state = json.loads(path.read_text(encoding="utf-8"))
        squares, products = np.asarray(state["squares"]), np.asarray(state["products"])
        for number in range(int(state["videos"]), len(train)):
            sample = train[number]
            inputs, target = self._inputs(sample.video), mean_importance(sample)
            squares, products = squares + inputs.T @ inputs, products + inputs.T @ target
            sums = {"videos": number + 1, "squares": squares.tolist(), "products": products.tolist()}
            write_json_checkpoint(path, sums)
            context.progress.advance("sum", number + 1, len(train))
        self.weights = np.linalg.solve(squares + self.options.ridge * np.eye(len(squares)), products)
        return FitReport(epochs=1, facts={"parameters": len(self.weights)})

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One score a sampled step."""
        for video in videos:
            yield Summary(video_id=video.id, importance=self._inputs(video) @ self.weights)

    def save(self, folder: Path) -> None:
        """Write the weights as JSON."""
        (folder / "weights.json").write_text(json.dumps(self.weights.tolist()), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self.weights = np.asarray(json.loads((folder / "weights.json").read_text(encoding="utf-8")))

    def _inputs(self, video: Video) -> Array:
        features = video.features["toy-8"].read().astype(np.float64)
        if self.options.contrast:
            features = with_contrast(features, self.options.window)
        return with_constant(features)


def mean_importance(sample: Sample) -> Array:
    """(T,) the mean over annotators at the sampled steps."""
    rows = sample.annotations.importance
    if rows is None:
        raise MismatchError(f"video {sample.video.id!r} has no importance to learn from.")
    mean: Array = rows.mean(axis=0)
    return mean[sample.video.picks] if sample.annotations.grid == "frames" else mean
