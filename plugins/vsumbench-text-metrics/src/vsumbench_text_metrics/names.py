"""Metric names as they are asked for: `name` or `name[word,word]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsumbench.errors import UnknownMetricError

Grammar = Mapping[str, Sequence[str]]
"""What a word chooses → the words, of which at most one may be said."""

_LIST = "vsumbench list metrics"


@dataclass(frozen=True)
class Asked:
    """A metric as it was asked for.

    Attributes:
        name: exactly what was asked; the score is returned under it.
        metric: the metric's id.
        words: what stood in brackets.
    """

    name: str
    metric: str
    words: frozenset[str] = frozenset()


def parse(metrics: Sequence[str], known: Sequence[str], grammars: Mapping[str, Grammar]) -> list[Asked]:
    """Read metric names; one that is asked for twice is read once.

    Args:
        metrics: as asked for, such as `rougeL[no-stem,recall]`.
        known: ids this implementation computes.
        grammars: id → what may stand in its brackets; an id without an entry takes nothing.

    Raises:
        UnknownMetricError: an id not in `known`, or words its brackets do not take.
    """
    return [_read(name, known, grammars) for name in dict.fromkeys(metrics)]


def base(metric: str) -> str:
    """The id of a metric asked for with or without brackets."""
    return metric.partition("[")[0]


def _read(name: str, known: Sequence[str], grammars: Mapping[str, Grammar]) -> Asked:
    metric, bracket, rest = name.partition("[")
    if metric not in known:
        raise UnknownMetricError.about("metric", name, known, where=_LIST)
    if not bracket:
        return Asked(name, metric)
    grammar = grammars.get(metric, {})
    words = [word.strip() for word in rest[:-1].split(",")]
    wrong = "" if rest.endswith("]") else "the bracket is not closed"
    for word in words:
        if not wrong and not any(word in choices for choices in grammar.values()):
            wrong = f"{word!r} is none of its words"
    for choice, choices in grammar.items():
        if not wrong and sum(word in choices for word in words) > 1:
            wrong = f"it says the {choice} twice"
    if wrong:
        raise UnknownMetricError(f"metric {name!r} is not known: {wrong}.", _allowed(metric, grammar))
    return Asked(name, metric, frozenset(words))


def _allowed(metric: str, grammar: Grammar) -> str:
    if not grammar:
        return f"{metric!r} takes nothing in brackets."
    said = "; ".join(f"{choice}: {' or '.join(choices)}" for choice, choices in grammar.items())
    return f"In brackets behind {metric!r} may stand, separated by commas, {said}."
