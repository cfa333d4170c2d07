"""A model that keeps what it was handed, so that a test can look at all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vsumbench.contracts import Context, FitReport, ModelSpec, Requires, Sample, Summary, Task, Video


@dataclass
class Handed:
    """What the last run handed over."""

    fit: list[Any] = field(default_factory=list)
    summarize: list[tuple[Any, Sequence[Video], Context]] = field(default_factory=list)


HANDED = Handed()

SPEC = ModelSpec(
    id="spy",
    title="Spy",
    tasks=(Task.V2V,),
    implementation="spy_model:Spy",
    trainable=True,
    requires=Requires(models=("uniform",), metrics=("f1",)),
)


UNTRAINED = replace(SPEC, id="spy-untrained", trainable=False)


class Spy:
    """Scores every step by its number."""

    def __init__(self, options: object, context: Context) -> None:
        self.context = context
        self.inner = context.model("uniform")

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Keep the samples, as a careless model would."""
        self.train = train
        HANDED.fit.append(context)
        return FitReport()

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """Keep everything, and use the required model."""
        import numpy as np

        HANDED.summarize.append((self, videos, context))
        for video, summary in zip(videos, self.inner.summarize(videos, context), strict=True):
            for feature in video.features.values():
                feature.read()
            assert summary.importance is not None
            yield Summary(video_id=video.id, importance=summary.importance + 0.01 * np.arange(video.steps))

    def save(self, folder: Path) -> None:
        """Nothing."""

    def load(self, folder: Path) -> None:
        """Nothing."""
