"""The share of parameters that a method trains, of each denominator a paper may mean."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

from vsumbench.records.record import RunRecord

_TRAINED, _ALL, _BRANCH, _TOWERS = (
    "trainable_parameters",
    "total_parameters",
    "branch_parameters",
    "tower_parameters",
)
Facts = Mapping[str, float]


def _without_towers(facts: Facts) -> float | None:
    return facts[_ALL] - facts[_TOWERS] if _ALL in facts and _TOWERS in facts else None


_BELOW: Mapping[str, tuple[Callable[[Facts], float | None], str, str]] = {
    "trainable-share": (
        lambda facts: facts.get(_ALL),
        "in all",
        "the record does not hold how many parameters the model has and trains",
    ),
    "trainable-share[no-towers]": (
        _without_towers,
        "in all without frozen vision towers",
        "the record does not hold how many parameters are a frozen vision tower's",
    ),
    "trainable-share[branch]": (
        lambda facts: facts.get(_BRANCH),
        "trained by the backbone itself",
        "the record does not hold how many parameters the backbone itself trains",
    ),
}
"""Column → its denominator, in words, and what to say where it is missing."""


def share(column: str) -> Callable[[RunRecord], float | str]:
    """The percentage of a record, or why it has none."""
    below, _, missing = _BELOW[column]

    def value(record: RunRecord) -> float | str:
        if not record.model.trainable:
            return "the method trains nothing"
        pairs = _counts(record, below)
        if not pairs or any(count <= 0 for _, count in pairs):
            return missing
        return statistics.fmean(100 * trained / count for trained, count in pairs)

    return value


def about_share(column: str) -> Callable[[Sequence[RunRecord]], list[str]]:
    """Absolute counts, and whether frozen vision towers are among them."""
    below, what, _ = _BELOW[column]

    def facts(records: Sequence[RunRecord]) -> list[str]:
        pairs = {pair for record in records for pair in _counts(record, below)}
        if len(pairs) > 1:
            return ["Mean over trainings of different size."]
        notes = [f"{_grouped(trained)} trained, {_grouped(count)} {what}." for trained, count in pairs]
        return notes + [_about_towers(records)] * (column == "trainable-share")

    return facts


def _about_towers(records: Sequence[RunRecord]) -> str:
    found = {fact[_TOWERS] for record in records for fact in _facts(record) if _TOWERS in fact}
    if not found:
        return "The record counts no frozen vision tower apart."
    if len(found) > 1:
        return "Frozen vision towers of different size are among them."
    (count,) = found
    without = share("trainable-share[no-towers]")(records[0])
    more = "" if isinstance(without, str) else f"; without them {without:.2f} % are trained"
    return f"{_grouped(count)} of them in frozen vision towers{more}."


def _facts(record: RunRecord) -> list[Facts]:
    return [report.get("facts") or {} for report in record.fit]


def _counts(record: RunRecord, below: Callable[[Facts], float | None]) -> list[tuple[float, float]]:
    """(trained, parameters of the denominator) of each fold; empty unless every fold says both."""
    pairs = [(fact.get(_TRAINED), below(fact)) for fact in _facts(record)]
    said = [(trained, count) for trained, count in pairs if trained is not None and count is not None]
    return said if len(said) == len(pairs) else []


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")
