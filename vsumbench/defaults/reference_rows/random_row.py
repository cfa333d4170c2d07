"""`random`: what a metric gives for free (spec sheet `random`)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.defaults.specs import RandomOptions

_TEXTS = "texts.json"


class RandomRow:
    """Independent scores from U(0, 1); as text, a reference of a random training video.

    Every number is seeded by the video's id, never by the order of processing.
    """

    def __init__(self, options: RandomOptions, context: Context) -> None:
        self.options = options
        self.texts: tuple[str, ...] = ()

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Remember the training references; scores need none."""
        texts: list[str] = []
        for number, sample in enumerate(train, start=1):
            texts.extend(sample.annotations.texts)
            context.progress.advance("texts", number, len(train))
        self.texts = tuple(texts)
        return FitReport(facts={"texts": len(self.texts)})

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One summary a video."""
        per_frame = self.options.granularity == "frame"
        for video in videos:
            seeds = context.seeds.child("video", video.id)
            scores = (
                seeds.child("importance").generator().random(video.n_frames if per_frame else video.steps)
            )
            text = None
            if self.texts:
                chosen = self.texts[seeds.child("text").generator().integers(len(self.texts))]
                text = unicodedata.normalize("NFC", chosen)
            yield Summary(
                video_id=video.id, importance=scores, times="frames" if per_frame else "picks", text=text
            )

    def save(self, folder: Path) -> None:
        """The remembered texts as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _TEXTS).write_text(json.dumps(self.texts, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self.texts = tuple(json.loads((folder / _TEXTS).read_text(encoding="utf-8")))
