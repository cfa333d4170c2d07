"""Checks of a metric: metadata, best for identical input, bounded, undefined never NaN, order, repetition."""

from __future__ import annotations

from dataclasses import replace

from vsumbench.contracts import MetricSpec, Needs, TextItem, Undefined, Value

from . import example_checks
from .checks import Check, Failed, Skipped, require
from .common_checks import require_citation, require_texts
from .metric_subject import RANGES, ROUNDING, MetricSubject


def metadata(subject: MetricSubject) -> None:
    """Title, version, tolerance, a no-skill value within the scale, and a citation or a note."""
    spec: MetricSpec = subject.spec
    require_texts(subject, ("title", "version"))
    require_citation(subject)
    require(spec.tolerance > 0, f"tolerance is {spec.tolerance}; it must be above 0")
    require(spec.scale in (*RANGES, "raw"), f"scale is {spec.scale!r}")
    if spec.scale in RANGES:
        low, high = RANGES[spec.scale]
        require(low <= spec.no_skill <= high, f"no_skill is {spec.no_skill}, outside [{low:g}, {high:g}]")
    corpus = spec.needs is Needs.TEXT
    require(
        (spec.level == "corpus") == corpus,
        f"level is {spec.level!r} and needs is {spec.needs.value!r}: texts are scored as a corpus, vectors "
        "by item",
    )


def identical(subject: MetricSubject) -> None:
    """What equals its reference gets the best value there is."""
    if subject.is_example:
        example_checks.identical(subject)
        return
    sign = 1.0 if subject.spec.direction == "higher" else -1.0
    if subject.is_text:
        best = _number(subject.score(subject.items()).value, "identical texts")
        other = _number(subject.score(_rotated(subject.items())).value, "texts of other videos")
        require(sign * best > sign * other, f"identical texts get {best:g}, those of other videos {other:g}")
        # A shortened text may be as good to a metric that counts precision alone, never better.
        other = _number(subject.score(_shortened(subject.items())).value, "shortened texts")
        near = subject.spec.tolerance
        require(sign * best >= sign * other - near, f"identical texts get {best:g}, shortened ones {other:g}")
        return
    rows = subject.rows()
    for index, row in enumerate(rows):
        same = _number(subject.compare(row, rows)[index], "an identical vector")
        for number in range(4):
            other = _number(subject.compare(subject.prediction(number), rows)[index], "another vector")
            require(sign * same > sign * other, f"an identical vector gets {same:g}, a random one {other:g}")
        if subject.spec.bounded and subject.spec.scale in RANGES and subject.spec.direction == "higher":
            top = RANGES[subject.spec.scale][1]
            require(
                abs(same - top) <= subject.spec.tolerance, f"an identical vector gets {same:g}, not {top:g}"
            )


def bounded(subject: MetricSubject) -> None:
    """Values stay within the declared scale, whatever is compared."""
    if subject.is_example:
        example_checks.bounded(subject)
        return
    if subject.is_text:
        for items in (
            subject.items(),
            _rotated(subject.items()),
            _shortened(subject.items()),
            subject.items()[:1],
        ):
            subject.score(items)
        return
    rows = subject.rows()
    for number in range(20):
        subject.compare(subject.prediction(number), rows)
    if subject.spec.needs is Needs.SELECTION:
        for row in rows:
            subject.compare(~row, rows)
    else:
        for row in rows:
            subject.compare(-row, rows)
            subject.compare(row * 1e9, rows)


def undefined(subject: MetricSubject) -> None:
    """Constant or empty input gives a number or Undefined with a reason; never NaN, never an exception."""
    import numpy as np

    if subject.is_example:
        example_checks.undefined(subject)
        return
    if subject.is_text:
        items = subject.items()
        for hypothesis in ("", " ", "."):
            subject.score([replace(items[0], hypothesis=hypothesis), *items[1:]])
            subject.score([replace(item, hypothesis=hypothesis) for item in items])
        return
    rows = subject.rows()
    low, high = np.zeros_like(rows[0]), np.ones_like(rows[0])
    for prediction in (low, high, rows[0]):
        subject.compare(prediction, rows)
        subject.compare(prediction, np.stack([low, high, rows[0]]))
    for length in (1, 2):
        subject.compare(rows[0, :length], rows[:, :length])


def deterministic(subject: MetricSubject) -> None:
    """The same input gives the same value, to the last bit."""
    if subject.is_example:
        example_checks.deterministic(subject)
        return
    if subject.is_text:
        first, again = subject.score(_rotated(subject.items())), subject.score(_rotated(subject.items()))
        require(first == again, f"the same texts get {first.value}, then {again.value}")
        return
    rows, prediction = subject.rows(), subject.prediction(0)
    require(
        subject.compare(prediction, rows) == subject.compare(prediction, rows),
        "the same vectors get other values the second time",
    )


def order(subject: MetricSubject) -> None:
    """The order of the items of a corpus, or of the reference rows, changes no value."""
    if subject.is_example:
        example_checks.order(subject)
        return
    if subject.is_text:
        items = _shortened(subject.items())
        one, other = subject.score(items), subject.score(items[::-1])
        _require_near(one.value, other.value, "the corpus value in another order")
        for left, right in zip(one.items, other.items[::-1], strict=True):
            _require_near(left, right, "an item's value in another order")
        return
    rows, prediction = subject.rows(), subject.prediction(0)
    straight, reverse = subject.compare(prediction, rows), subject.compare(prediction, rows[::-1])
    for left, right in zip(straight, reverse[::-1], strict=True):
        _require_near(left, right, "a row's value with the rows in another order")


def leaves_input(subject: MetricSubject) -> None:
    """What it is given is as it was afterwards: other metrics read the same arrays."""
    if subject.is_example:
        example_checks.leaves_input(subject)
        return
    if subject.is_text:
        raise Skipped("texts cannot be changed in place")
    rows, prediction = subject.rows(), subject.prediction(0)
    before = rows.copy(), prediction.copy()
    subject.compare(prediction, rows)
    require((rows == before[0]).all() and (prediction == before[1]).all(), "it changes its input in place")


def _require_near(one: Value, other: Value, what: str) -> None:
    if isinstance(one, Undefined) or isinstance(other, Undefined):
        require(one == other, f"{what}: {one} against {other}")
        return
    require(abs(one - other) <= ROUNDING * max(1.0, abs(one)), f"{what}: {one!r} against {other!r}")


def _number(value: Value, what: str) -> float:
    if isinstance(value, Undefined):
        raise Failed(f"{what}: undefined ({value.reason})")
    return float(value)


def _rotated(items: list[TextItem]) -> list[TextItem]:
    """Each item with the hypothesis of the next one."""
    return [
        replace(item, hypothesis=other.hypothesis)
        for item, other in zip(items, items[1:] + items[:1], strict=True)
    ]


def _shortened(items: list[TextItem]) -> list[TextItem]:
    """Each hypothesis with every third word left out, another one in each item."""
    return [
        replace(
            item,
            hypothesis=" ".join(w for i, w in enumerate(item.hypothesis.split()) if (i + number) % 3),
        )
        for number, item in enumerate(items)
    ]


CHECKS = (
    Check("metadata", "title, version, scale, tolerance and citation or note are given", metadata),
    Check("identical", "what equals its reference gets the best value", identical),
    Check("bounded", "values stay within the declared scale", bounded),
    Check("undefined", "what cannot be computed is Undefined with a reason, never NaN", undefined),
    Check("deterministic", "the same input gives the same value", deterministic),
    Check("order", "the order of items or references changes no value", order),
    Check("leaves-input", "its input is not changed", leaves_input),
)
