"""What an opened dataset holds, in numbers: durations, lengths of summaries, annotators and texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsumbench.contracts.annotations import Annotations
from vsumbench.contracts.dataset import Dataset, DatasetSpec
from vsumbench.contracts.video import Video

from .coverage import split_coverage
from .editions import ResolvedEdition

BINS = 10
"""Bins of a histogram, of equal width from the smallest to the largest value."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How one quantity spreads.

    Attributes:
        unit: of the values.
        of: what each value is of, in words.
        count: how many values.
        edges, counts: a histogram; one bin more edges than counts, each bin half-open but the last.
    """

    unit: str
    of: str
    count: int
    mean: float
    median: float
    smallest: float
    largest: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "unit": self.unit,
            "of": self.of,
            "count": self.count,
            "mean": self.mean,
            "median": self.median,
            "min": self.smallest,
            "max": self.largest,
            "histogram": {"edges": list(self.edges), "counts": list(self.counts)},
        }


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The statistics of an edition.

    Attributes:
        videos: how many there are; `missing` of the edition's are not on disk.
        split: the default split set as `SplitCoverage.to_dict` has it, or None where there is none.
        spreads: by name, in the order they are shown; None where nothing of it is there.
    """

    dataset: str
    title: str
    edition: str
    edition_version: str
    generated: bool
    fingerprint: str
    videos: int
    missing: int
    split: dict[str, Any] | None
    spreads: dict[str, Spread | None]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, and for `statistics.json` of a folder of runs."""
        return {
            "dataset": self.dataset,
            "title": self.title,
            "edition": self.edition,
            "edition_version": self.edition_version,
            "generated": self.generated,
            "fingerprint": self.fingerprint,
            "videos": self.videos,
            "missing": self.missing,
            "split": self.split,
            "statistics": {
                name: None if spread is None else spread.to_dict() for name, spread in self.spreads.items()
            },
        }


def statistics_of(
    spec: DatasetSpec, resolved: ResolvedEdition, progress: Callable[[int, int], None] | None = None
) -> Statistics:
    """Read every video's facts and annotations once; no feature and no frame is read.

    Raises:
        DataDamagedError: a file is not what it should be.
    """
    dataset, ids = resolved.dataset, resolved.dataset.video_ids()
    values: dict[str, list[float]] = {name: [] for name in _QUANTITIES}
    for done, video_id in enumerate(ids, 1):
        video, annotations = dataset.video(video_id), dataset.annotations(video_id)
        for name, (_, _, measure) in _QUANTITIES.items():
            values[name] += measure(video, annotations)
        if progress is not None:
            progress(done, len(ids))
    return Statistics(
        dataset=spec.id,
        title=spec.title,
        edition=resolved.edition.id,
        edition_version=resolved.edition.version,
        generated=resolved.edition.generated,
        fingerprint=dataset.fingerprint(),
        videos=len(ids),
        missing=len(resolved.status.missing),
        split=_split(spec, dataset, ids, resolved.edition.generated),
        spreads={name: spread(values[name], unit, of) for name, (unit, of, _) in _QUANTITIES.items()},
    )


def spread(values: Sequence[float], unit: str, of: str) -> Spread | None:
    """The spread of values; None where there are none."""
    if not values:
        return None
    array = np.asarray(values, dtype=np.float64)
    low, high = float(array.min()), float(array.max())
    if low == high:
        counts, edges = np.array([len(array)]), np.array([low, high])
    else:
        counts, edges = np.histogram(array, bins=BINS, range=(low, high))
    return Spread(
        unit=unit,
        of=of,
        count=len(array),
        mean=float(array.mean()),
        median=float(np.median(array)),
        smallest=low,
        largest=high,
        edges=tuple(float(edge) for edge in edges),
        counts=tuple(int(count) for count in counts),
    )


def _split(spec: DatasetSpec, dataset: Dataset, ids: Sequence[str], generated: bool) -> dict[str, Any] | None:
    if not spec.split_sets:
        return None
    found = split_coverage(spec, dataset, ids, generated)[0].to_dict()
    for key in ("missing_test", "missing_train"):
        found[key] = len(found[key])
    return found


def _selected_shares(annotations: Annotations) -> list[float]:
    """The share of the video that each annotator selected, 0 to 1; of the published summary if there is no
    annotator's."""
    if annotations.user_summaries is not None and annotations.user_summaries.size:
        return [float(share) for share in annotations.user_summaries.mean(axis=1)]
    if annotations.gtsummary is not None and annotations.gtsummary.size:
        return [float(annotations.gtsummary.mean())]
    return []


def _duration(video: Video, _: Annotations) -> list[float]:
    return [float(video.duration)]


def _summary_seconds(video: Video, annotations: Annotations) -> list[float]:
    shares = _selected_shares(annotations)
    return [float(np.mean(shares)) * float(video.duration)] if shares else []


def _summary_share(_: Video, annotations: Annotations) -> list[float]:
    shares = _selected_shares(annotations)
    return [100 * float(np.mean(shares))] if shares else []


def _text_words(_: Video, annotations: Annotations) -> list[float]:
    return [float(len(text.split())) for text in annotations.texts]


def _annotators(_: Video, annotations: Annotations) -> list[float]:
    return [float(annotations.annotators)] if annotations.annotators else []


def _texts(_: Video, annotations: Annotations) -> list[float]:
    return [float(len(annotations.texts))] if annotations.texts else []


_QUANTITIES: dict[str, tuple[str, str, Callable[[Video, Annotations], list[float]]]] = {
    "duration": ("s", "each video", _duration),
    "video-summary": ("s", "each video with selections, the mean over its annotators", _summary_seconds),
    "video-summary-share": (
        "percent",
        "each video with selections, the mean over its annotators",
        _summary_share,
    ),
    "text-summary": (
        "words",
        "each reference text, words being what stands between white space",
        _text_words,
    ),
    "annotators": ("annotators", "each video with importance or selections", _annotators),
    "texts": ("texts", "each video with texts", _texts),
}
