"""A model that wraps another one: it tells the step that the other one scores highest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts import Context, FitReport, ModelSpec, Preset, Sample, Summary, Task, Video


@dataclass(frozen=True)
class NarratorOptions:
    """The words in front of the number."""

    words: str = "Step"


SPEC = ModelSpec(
    id="narrator",
    title="Narrator",
    tasks=(Task.V2T,),
    implementation="narrator:Narrator",
    options=NarratorOptions,
    presets=(Preset(id="short"),),
    wraps=Task.V2V,
    argument="uniform",
)


class Narrator:
    """Learns, keeps and reads what the wrapped model does."""

    def __init__(self, options: NarratorOptions, context: Context, wrapped: str) -> None:
        self.options = options
        self.wrapped: Any = context.model(wrapped)

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """The wrapped model learns."""
        report: FitReport = self.wrapped.fit(train, validation, context)
        return report

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One sentence a video."""
        for found in self.wrapped.summarize(videos, context):
            best = int(found.importance.argmax())
            yield Summary(video_id=found.video_id, text=f"{self.options.words} {best}.")

    def save(self, folder: Path) -> None:
        """Of the wrapped model."""
        self.wrapped.save(folder)

    def load(self, folder: Path) -> None:
        """Of the wrapped model."""
        self.wrapped.load(folder)
