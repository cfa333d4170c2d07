"""The checks of a metric that compares spans of time, or frames and texts, on made-up examples."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from vsumbench.contracts import CrossScore, Needs, SpanItem, Undefined, Value

from . import examples
from .checks import Failed, Skipped, require

if TYPE_CHECKING:
    from .metric_subject import MetricSubject

NEAR = 1e-6
"""How far two orders may differ: vectors of encoders are of single precision."""


def values_of(subject: MetricSubject, example: examples.Example) -> list[Value]:
    """The values the metric gives, each checked against its declared scale."""
    if isinstance(example, SpanItem):
        found = list(subject.function(example))
        require(
            len(found) == len(example.thresholds),
            f"{len(found)} values for {len(example.thresholds)} thresholds",
        )
    else:
        asked = subject.spec.asked
        scores = subject.function([asked], example, examples.ColourEncoder())
        require(set(scores) == {asked}, f"asked for {asked!r}, it gave {', '.join(scores) or 'nothing'}")
        score = scores[asked]
        require(isinstance(score, CrossScore), f"it gave a {type(score).__name__}, expected a CrossScore")
        found = list(score.values)
        require(found, "it gave no value; return Undefined with a reason instead")
        for name, value in score.beside.items():
            require(isinstance(value, float), f"beside it stands {name} = {value!r}, which is no number")
    for value in found:
        subject.check_value(value)
    return found


def identical(subject: MetricSubject) -> None:
    """What equals its reference gets at least what anything else does."""
    if subject.spec.needs is Needs.FRAMES_AND_TEXT and not _compares_like(subject):
        raise Skipped("frames and texts are never identical")
    for number in range(4):
        example = made(subject, number)
        best = values_of(subject, examples.same_as_reference(example))
        others = values_of(subject, example)
        for other in others:
            for value in best:
                require(
                    _number(value) >= _number(other) - NEAR,
                    f"an identical prediction gets {value}, another one {other}",
                )


def bounded(subject: MetricSubject) -> None:
    """Values stay within the declared scale, whatever is compared."""
    for number in range(8):
        values_of(subject, made(subject, number))


def undefined(subject: MetricSubject) -> None:
    """Nothing predicted, or nothing to compare with, gives a number or Undefined with a reason."""
    for example in examples.empties(made(subject, 0)):
        values_of(subject, example)


def deterministic(subject: MetricSubject) -> None:
    """The same input gives the same value, to the last bit."""
    first, again = values_of(subject, made(subject, 0)), values_of(subject, made(subject, 0))
    require(first == again, f"the same example gets {first}, then {again}")


def order(subject: MetricSubject) -> None:
    """The order in which spans or texts are listed changes no value."""
    example = made(subject, 1)
    straight, other = values_of(subject, example), values_of(subject, examples.reordered(example))
    for left, right in zip(straight, other, strict=True):
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            require(left == right, f"in another order {right} instead of {left}")
        else:
            require(abs(left - right) <= NEAR * max(1.0, abs(left)), f"{left!r}, in another order {right!r}")


def leaves_input(subject: MetricSubject) -> None:
    """What it is given is as it was afterwards."""
    import numpy as np

    example = made(subject, 0)
    arrays = {name: value for name, value in vars(example).items() if isinstance(value, np.ndarray)}
    before = copy.deepcopy(arrays)
    values_of(subject, example)
    for name, value in arrays.items():
        require(np.array_equal(value, before[name]), f"it changes {name} in place")


def made(subject: MetricSubject, number: int) -> examples.Example:
    """An example of what the metric compares."""
    spans = subject.spec.needs is Needs.SPANS
    return examples.spans(number) if spans else examples.frames_and_texts(number)


def _compares_like(subject: MetricSubject) -> bool:
    """Whether a prediction equal to its reference reaches the top of the scale."""
    top = {"fraction": 1.0, "percent": 100.0}.get(subject.spec.scale)
    values = values_of(subject, examples.same_as_reference(made(subject, 0)))
    return top is not None and all(
        not isinstance(value, Undefined) and abs(value - top) <= NEAR * top for value in values
    )


def _number(value: Value) -> float:
    if isinstance(value, Undefined):
        raise Failed(f"undefined ({value.reason}) where everything is given")
    return float(value)
