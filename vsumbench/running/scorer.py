"""What metrics say of one summary, and how its values become one: annotators, undefined values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vsumbench.contracts import (
    Annotations,
    Cause,
    MetricSpec,
    ProtocolSpec,
    Summary,
    Undefined,
    Value,
    Video,
    unavailable,
)
from vsumbench.errors import PluginError, UnavailableError


def numbers_of(values: Sequence[Value]) -> list[float | None]:
    """Values as stored: null where undefined."""
    return [None if isinstance(value, Undefined) else value for value in values]


def reasons_of(values: Sequence[Value]) -> dict[str, list[str]]:
    """Place → cause and reason of each undefined value, as stored beside the numbers."""
    return {
        str(place): [value.cause.value, value.reason]
        for place, value in enumerate(values)
        if isinstance(value, Undefined)
    }


@dataclass(frozen=True)
class ItemScore:
    """What one metric says of one summary.

    Attributes:
        values: a value for each reference it was compared with (or each threshold).
        beside: numbers that must stand beside them: what a random summary gets.
        note: what they were computed through: an encoder's checkpoint and digest.
    """

    values: tuple[Value, ...]
    beside: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """As stored in a score line: null where undefined, with the reasons by position."""
        line: dict[str, Any] = {"values": numbers_of(self.values)}
        if undefined := reasons_of(self.values):
            line["undefined"] = undefined
        if self.beside:
            line["beside"] = dict(self.beside)
        if self.note:
            line["note"] = self.note
        return line

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
            ),
            line.get("beside", {}),
            line.get("note", ""),
        )


@dataclass(frozen=True)
class Case:
    """One checked summary, its video and what people said about it."""

    summary: Summary
    video: Video
    annotations: Annotations

    def others(self) -> Annotations:
        """The annotations without the annotator the summary was taken from."""
        annotator = self.summary.annotator
        return self.annotations if annotator is None else self.annotations.without(annotator)


def grouped(metrics: Sequence[MetricSpec]) -> list[list[MetricSpec]]:
    """Metrics that share an implementation together: it is called once for all of them."""
    groups: dict[str, list[MetricSpec]] = {}
    for metric in metrics:
        groups.setdefault(metric.implementation, []).append(metric)
    return list(groups.values())


def available(call: Callable[[], Sequence[Value]], count: int) -> Sequence[Value]:
    """What `call` returns, or `count` times the reason why something outside is missing."""
    try:
        return call()
    except UnavailableError as error:
        return [unavailable(error)] * count


def missing_outside(reason: str) -> bool:
    """Whether a value is undefined because something outside was missing: another time it may be there.

    What a model never gives (a text) is unavailable too, but no second try will bring it.
    """
    return reason.startswith(Cause.UNAVAILABLE)


def checked(values: Sequence[Value], count: int, metric: MetricSpec, video: Video) -> tuple[Value, ...]:
    """The values of one metric, as plain floats.

    Raises:
        PluginError: another number of values than `count`, or one that is not finite.
    """
    found = tuple(value if isinstance(value, Undefined) else float(value) for value in values)
    if len(found) != count:
        raise PluginError(
            f"metric {metric.id!r} returned {len(found)} values for the {count} references of video "
            f"{video.id!r}."
        )
    for value in found:
        if not isinstance(value, Undefined) and not math.isfinite(value):
            raise PluginError(
                f"metric {metric.id!r} returned {value} for video {video.id!r}; it must return Undefined "
                "instead."
            )
    return found


def check_names(found: Mapping[str, object], asked: Sequence[str], implementation: str) -> None:
    """Refuse an answer to other metrics than were asked for.

    Raises:
        PluginError: naming both.
    """
    if set(found) != set(asked):
        raise PluginError(
            f"metrics {', '.join(asked)} were asked for; {implementation} returned "
            f"{', '.join(found) or 'none'}."
        )


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
