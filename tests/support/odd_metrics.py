"""Metrics that break their contract, one rule each, and a text protocol to call them under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsumbench.contracts import (
    Annotations,
    CorpusScore,
    MetricSpec,
    Needs,
    ProtocolSpec,
    ReferenceSet,
    Summary,
    Task,
    TextItem,
    Video,
)
from vsumbench.errors import UnavailableError


def _metric(name: str, level: Any = "item", needs: Needs = Needs.SCORES) -> MetricSpec:
    return MetricSpec(
        id=name,
        version="1",
        title=name,
        scale="fraction",
        needs=needs,
        level=level,
        implementation=f"odd_metrics:{name.replace('-', '_')}",
        tolerance=0.001,
    )


NAN = _metric("gives-nan")
INFINITE = _metric("gives-infinity")
FEW = _metric("gives-few")
FINE = _metric("gives-one")
ABSENT = _metric("needs-more")
CORPUS_NAN = _metric("corpus-nan", "corpus", Needs.TEXT)
CORPUS_OTHER = _metric("corpus-other", "corpus", Needs.TEXT)
CORPUS_LENGTH = _metric("corpus-length", "corpus", Needs.TEXT)


def gives_nan(prediction: Any, references: ReferenceSet) -> Sequence[float]:
    return [float("nan")] * len(references)


def gives_infinity(prediction: Any, references: ReferenceSet) -> Sequence[float]:
    return [float("inf")] * len(references)


def gives_few(prediction: Any, references: ReferenceSet) -> Sequence[float]:
    return [0.5]


def gives_one(prediction: Any, references: ReferenceSet) -> Sequence[float]:
    import numpy as np

    return [np.float32(1.0)] * len(references)


def needs_more(prediction: Any, references: ReferenceSet) -> Sequence[float]:
    import os

    if "ODD_METRICS_HAS_IT" not in os.environ:
        raise UnavailableError("what this metric needs is not here.", "Get it.")
    return [0.25] * len(references)


def corpus_nan(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    return {name: CorpusScore(float("nan")) for name in metrics}


def corpus_other(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    return {"something-else": CorpusScore(1.0)}


def corpus_length(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    return dict.fromkeys(metrics, CorpusScore(float(sum(len(item.hypothesis) for item in items))))


class Texts:
    """The first reference and the text as they are."""

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> tuple[str, ...]:
        return annotations.texts[:1]

    def prediction(self, summary: Summary, parameters: Mapping[str, Any]) -> str:
        return summary.text or ""

    def normalise(self, text: str) -> str:
        return text


TEXTS = Texts()
PLAIN = ProtocolSpec(
    id="plain",
    version="1",
    title="Plain texts",
    task=Task.V2T,
    yields=Needs.TEXT,
    metrics=("corpus-length",),
    implementation="odd_metrics:TEXTS",
    chain=("as they are",),
    predicts="text",
)
