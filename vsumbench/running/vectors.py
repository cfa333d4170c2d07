"""Scores importance, selections and curves: a vector against the rows of a video's references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from vsumbench.contracts import MetricSpec, Needs, ProtocolSpec, ReferenceSet, Undefined
from vsumbench.errors import MismatchError

from .scorer import Case, ItemScore, available, checked


class VectorScorer:
    """Metrics that compare vectors. References of the video in hand are prepared once and kept."""

    batch = 1

    def __init__(
        self, protocol: ProtocolSpec, implementation: Any, functions: Mapping[MetricSpec, Any]
    ) -> None:
        self._protocol = protocol
        self._implementation = implementation
        self._functions = functions

        # A video's references are met by many predictions in a row: repetitions, or every annotator left out
        # once.
        @lru_cache(maxsize=64)
        def references(key: tuple[str, int | None, Needs]) -> ReferenceSet | Undefined:
            case = self._current
            built: ReferenceSet | Undefined = implementation.references(
                case.video, case.others(), protocol.parameters_for(key[2])
            )
            return built

        self._references = references

    def score(self, cases: Sequence[Case], metrics: Sequence[MetricSpec]) -> list[dict[str, ItemScore]]:
        """The values of each summary, by metric id."""
        return [self._one(case, metrics) for case in cases]

    def _one(self, case: Case, metrics: Sequence[MetricSpec]) -> dict[str, ItemScore]:
        self._current = case
        if self._protocol.predicts == "annotator" and case.summary.annotator is None:
            raise MismatchError(
                f"protocol {self._protocol.id!r} compares annotators with each other; the prediction for "
                f"video {case.video.id!r} is not taken from an annotator.",
                "Use the model `human`, or `--protocol peruser-full` for a model's own scores.",
            )
        scores: dict[str, ItemScore] = {}
        for needs in dict.fromkeys(metric.needs for metric in metrics):
            vectors = self._vectors(case, needs)
            for metric in metrics:
                if metric.needs is needs:
                    scores[metric.id] = self._compared(case, metric, *vectors)
        return scores

    def _vectors(self, case: Case, needs: Needs) -> tuple[ReferenceSet | Undefined, Any]:
        """The reference rows and the prediction that metrics of these needs compare."""
        references = self._references((case.video.id, case.summary.annotator, needs))
        if isinstance(references, Undefined):
            return references, None
        parameters = self._protocol.parameters_for(needs)
        prediction = self._implementation.prediction(case.summary, case.video, parameters)
        if not isinstance(prediction, Undefined) and prediction.shape != references.rows.shape[1:]:
            raise MismatchError(
                f"protocol {self._protocol.id!r}, video {case.video.id!r}: the prediction has "
                f"{prediction.shape[0]} values, its references {references.rows.shape[1]}.",
                "Nothing is cut to the shorter of the two; check the picks and frames of the references.",
            )
        return references, prediction

    def _compared(
        self, case: Case, metric: MetricSpec, references: ReferenceSet | Undefined, prediction: Any
    ) -> ItemScore:
        if isinstance(references, Undefined):
            return ItemScore((references,))
        count = len(references)
        if isinstance(prediction, Undefined):
            return ItemScore((prediction,) * count)
        found = available(lambda: self._functions[metric](prediction, references), count)
        return ItemScore(checked(found, count, metric, case.video), _beside(case, metric.needs, prediction))


def _beside(case: Case, needs: Needs, prediction: Any) -> dict[str, float]:
    """The share of frames that a model selected by itself: no budget bounds it, so it belongs to its F1."""
    if needs is not Needs.SELECTION or case.summary.importance is not None:
        return {}
    return {"selected frames in percent": 100.0 * float(prediction.mean())}
