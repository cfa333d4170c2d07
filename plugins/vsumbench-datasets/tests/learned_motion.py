"""A development plugin that really learns: ridge regression from a feature to the mean importance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from vsumbench.contracts import (
    Context,
    FeatureSpec,
    FitReport,
    Inputs,
    ModelSpec,
    Sample,
    Summary,
    Task,
    Video,
)

SPEC = ModelSpec(
    id="learned-motion",
    title="Ridge regression on color-motion",
    tasks=(Task.V2V,),
    implementation="learned_motion:LearnedMotion",
    inputs=(Inputs(features=(FeatureSpec(name="color-motion", shape=(None,)),)),),
    trainable=True,
)


class LearnedMotion:
    """One weight a column, and a bias."""

    def __init__(self, options: object, context: Context) -> None:
        self.weights = np.zeros(1)

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        rows, targets = [], []
        for sample in train:
            importance = sample.annotations.importance
            assert importance is not None
            mean = importance.mean(axis=0)
            targets.append(mean if sample.annotations.grid == "picks" else mean[sample.video.picks])
            rows.append(_rows(sample.video))
        x, y = np.concatenate(rows), np.concatenate(targets)
        self.weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
        return FitReport(epochs=1)

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        for video in videos:
            yield Summary(video_id=video.id, importance=_rows(video) @ self.weights)

    def save(self, folder: Path) -> None:
        save_file({"weights": self.weights}, folder / "model.safetensors")

    def load(self, folder: Path) -> None:
        self.weights = load_file(folder / "model.safetensors")["weights"]


def _rows(video: Video) -> np.ndarray:
    values = video.features["color-motion"].read().astype(np.float64)
    return np.concatenate([values, np.ones((len(values), 1))], axis=1)
