"""Score summaries of one video under one protocol: comparisons, annotator aggregate, undefined values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vsumbench.contracts import (
    Annotations,
    Cause,
    MetricSpec,
    ProtocolSpec,
    ReferenceSet,
    Summary,
    Undefined,
    Value,
    Video,
)
from vsumbench.errors import MismatchError, PluginError, UnavailableError


@dataclass(frozen=True)
class ItemScore:
    """What one metric says of one summary: a value for each reference it was compared with."""

    values: tuple[Value, ...]

    def to_json(self) -> dict[str, Any]:
        """As stored in a score line: null where undefined, with the reasons by position."""
        undefined = {
            str(index): [value.cause.value, value.reason]
            for index, value in enumerate(self.values)
            if isinstance(value, Undefined)
        }
        line: dict[str, Any] = {"values": [None if isinstance(v, Undefined) else v for v in self.values]}
        return line | ({"undefined": undefined} if undefined else {})

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> ItemScore:
        """Read what `to_json` gave."""
        undefined = line.get("undefined", {})
        return cls(
            tuple(
                Undefined(undefined[str(i)][1], Cause(undefined[str(i)][0]))
                if value is None
                else float(value)
                for i, value in enumerate(line["values"])
            )
        )


class VectorScorer:
    """Scores importance or selections. References of the video in hand are prepared once and kept."""

    def __init__(
        self, protocol: ProtocolSpec, implementation: Any, metrics: Mapping[MetricSpec, Any]
    ) -> None:
        self.protocol = protocol
        self.metrics = metrics
        self._implementation = implementation

        # A video's references are met by many predictions in a row: repetitions, or every annotator left out
        # once.
        @lru_cache(maxsize=64)
        def references(key: tuple[str, int | None]) -> ReferenceSet | Undefined:
            video, annotations = self._current
            left = annotations if key[1] is None else annotations.without(key[1])
            built: ReferenceSet | Undefined = implementation.references(video, left, protocol.parameters)
            return built

        self._references = references

    def score(
        self, summary: Summary, video: Video, annotations: Annotations, metrics: Iterable[MetricSpec]
    ) -> dict[str, ItemScore]:
        """The values of one checked summary, by metric id."""
        self._current = (video, annotations)
        if self.protocol.predicts == "annotator" and summary.annotator is None:
            raise MismatchError(
                f"protocol {self.protocol.id!r} compares annotators with each other; the prediction for "
                "video "
                f"{video.id!r} is not taken from an annotator.",
                "Use the model `human`, or `--protocol peruser-full` for a model's own scores.",
            )
        references = self._references((video.id, summary.annotator))
        if isinstance(references, Undefined):
            return {metric.id: ItemScore((references,)) for metric in metrics}
        prediction = self._implementation.prediction(summary, video, self.protocol.parameters)
        if isinstance(prediction, Undefined):
            return {metric.id: ItemScore((prediction,) * len(references)) for metric in metrics}
        if prediction.shape != references.rows.shape[1:]:
            raise MismatchError(
                f"protocol {self.protocol.id!r}, video {video.id!r}: the prediction has "
                f"{prediction.shape[0]} values, "
                f"its references {references.rows.shape[1]}."
            )
        scores = {}
        for metric in metrics:
            try:
                found = self.metrics[metric](prediction, references)
            except UnavailableError as error:
                found = [Undefined(f"unavailable: {error}", Cause.UNAVAILABLE)] * len(references)
            values = tuple(value if isinstance(value, Undefined) else float(value) for value in found)
            if len(values) != len(references):
                raise PluginError(
                    f"metric {metric.id!r} returned {len(values)} values for the {len(references)} "
                    "references "
                    f"of video {video.id!r}."
                )
            for value in values:
                if not isinstance(value, Undefined) and not math.isfinite(value):
                    raise PluginError(
                        f"metric {metric.id!r} returned {value} for video {video.id!r}; "
                        "it must return Undefined instead."
                    )
            scores[metric.id] = ItemScore(values)
        return scores


@dataclass(frozen=True)
class Aggregate:
    """A mean or maximum with what was undefined in it."""

    value: Value
    undefined_prediction: int = 0
    undefined_reference: int = 0


def aggregate_annotators(score: ItemScore, protocol: ProtocolSpec, how: str, no_skill: float) -> Aggregate:
    """One value of a summary from its values against each reference (design §2.11).

    Caused by the prediction: counts as no skill. Caused by the reference: left out. Under `nan0`: always 0.
    What was unavailable is nobody's and makes the whole undefined.
    """
    for value in score.values:
        if isinstance(value, Undefined) and value.cause is Cause.UNAVAILABLE:
            return Aggregate(value)
    used: list[float] = []
    by_prediction = by_reference = 0
    reason: Undefined | None = None
    for value in score.values:
        if not isinstance(value, Undefined):
            used.append(value)
            continue
        if value.cause is Cause.PREDICTION:
            by_prediction += 1
            used.append(0.0 if protocol.undefined == "nan0" else no_skill)
        else:
            by_reference += 1
            reason = reason or value
            if protocol.undefined == "nan0":
                used.append(0.0)
    if not used:
        return Aggregate(
            reason or Undefined("nothing to compare with", Cause.REFERENCE), by_prediction, by_reference
        )
    return Aggregate(max(used) if how == "max" else mean(used), by_prediction, by_reference)


def mean(values: Sequence[float]) -> float:
    """The mean, summed exactly, so that it depends on no order."""
    return math.fsum(values) / len(values)
