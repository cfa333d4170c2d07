"""`constant-caption`: the one training text that is the best answer to every video, without looking."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Context, FitReport, Sample, Summary, Video
from vsumbench.defaults.specs import ConstantOptions
from vsumbench.errors import MismatchError
from vsumbench.scoring.cider import CiderCorpus
from vsumbench.scoring.rouge_l import RougeLCorpus
from vsumbench.scoring.words import words

CANDIDATES = 2_000
"""Texts that are tried; of more, those nearest to the centroid of all."""
REFERENCES = 8_000
"""Texts each is compared with; of more, those of videos drawn by the seed."""
_FILE = "caption.json"


class ConstantRow:
    """Compares every training text with all training texts, itself among them, and keeps the best."""

    def __init__(self, options: ConstantOptions, context: Context) -> None:
        self.options = options
        self.text = ""

    def fit(self, train: Sequence[Sample], validation: Sequence[Sample], context: Context) -> FitReport:
        """Choose the text.

        Raises:
            MismatchError: no training video has a text.
        """
        texts: list[tuple[str, ...]] = []
        for number, sample in enumerate(train, start=1):
            told = tuple(text for text in sample.annotations.texts if words(text))
            texts += [told] if told else []
            context.progress.advance("texts", number, len(train))
        if not texts:
            raise MismatchError("no training video has a text to choose from.", "Choose another split set.")
        flat = [text for told in texts for text in told]
        items = [[words(text) for text in told] for told in texts]
        compared = _drawn(items, context)
        candidates = _most_central(items)
        value_of = _measure(self.options.measure, items, compared)
        best, best_value = -1, -1.0
        for number, candidate in enumerate(candidates, start=1):
            value = value_of(int(candidate))
            # The first of equals, whatever the order of the rest.
            if value > best_value:
                best, best_value = int(candidate), value
            context.progress.advance("compare", number, len(candidates), best=best_value)
        self.text = unicodedata.normalize("NFC", flat[best])
        return FitReport(
            facts={
                "texts": len(flat),
                "candidates": len(candidates),
                "compared": sum(len(items[item]) for item in np.flatnonzero(compared)),
                "value": best_value,
            }
        )

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """The same text for each video."""
        for video in videos:
            yield Summary(video_id=video.id, text=self.text)

    def save(self, folder: Path) -> None:
        """The text as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(json.dumps({"text": self.text}, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self.text = json.loads((folder / _FILE).read_text(encoding="utf-8"))["text"]


def _measure(
    name: str, items: Sequence[Sequence[Sequence[str]]], compared: NDArray[np.bool_]
) -> Callable[[int], float]:
    """The mean over the compared items of a measure, for a text by its number."""
    if name == "cider":
        cider = CiderCorpus(items, compared)
        return lambda text: float(cider.constant(text).mean())
    flat = [text for told in items for text in told]
    rouge = RougeLCorpus([told for told, wanted in zip(items, compared, strict=True) if wanted])
    return lambda text: float(rouge.constant(flat[text]).mean())


def _most_central(items: Sequence[Sequence[Sequence[str]]]) -> NDArray[np.int64]:
    """The numbers of the texts to try, in order."""
    count = sum(map(len, items))
    if count <= CANDIDATES:
        return np.arange(count)
    nearest = np.argsort(-CiderCorpus(items).centrality(), kind="stable")[:CANDIDATES]
    return np.sort(nearest)


def _drawn(items: Sequence[Sequence[Sequence[str]]], context: Context) -> NDArray[np.bool_]:
    """(items,) which to compare with: all, or videos drawn until they have as many texts as the limit."""
    sizes = np.array([len(texts) for texts in items])
    if sizes.sum() <= REFERENCES:
        return np.ones(len(items), dtype=np.bool_)
    order = context.seeds.child("compared").generator().permutation(len(items))
    drawn = np.zeros(len(items), dtype=np.bool_)
    drawn[order[np.cumsum(sizes[order]) <= REFERENCES]] = True
    return drawn
