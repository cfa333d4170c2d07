"""Everything one cell holds, in words: what the cell's own view shows, section by section."""

from __future__ import annotations

from collections.abc import Iterator

from . import words
from .table import Cell, Column, Comparison, Condition, Interval, Measured, Reported, Verdict
from .verdict import convert

Fact = tuple[str, str]
Section = tuple[str, tuple[Fact, ...]]

_PLACES = {1: "best printed value of its column", 2: "second best printed value of its column"}


def cell_facts(cell: Cell, column: Column) -> tuple[Section, ...]:
    """Headings, each with label and text; sections without a fact are left out."""
    parts: list[tuple[str, Iterator[Fact]]] = []
    if cell.reported is not None:
        parts.append(("Printed", _printed(cell.reported)))
    if cell.measured is not None:
        parts.append(("Measured here", _measured(cell, cell.measured, column)))
    if cell.verdict is not None:
        parts.append(("Verdict", _verdict(cell, cell.verdict, column)))
    if cell.comparison is not None:
        parts.append(("Against the best", _comparison(cell.comparison, column)))
    if cell.condition is not None:
        parts.append(("Condition", _condition(cell.condition, cell.protocol)))
    return tuple((title, found) for title, facts in parts if (found := tuple(facts)))


def interval_text(interval: Interval, decimals: int, *, signed: bool = False) -> str:
    """`0.212 to 0.281`."""
    low, high = (words.number(end, decimals, signed=signed) for end in (interval.low, interval.high))
    return f"{low} to {high}"


def _printed(reported: Reported) -> Iterator[Fact]:
    yield "Value", f"{reported.text} ({reported.scale})" if reported.scale else reported.text
    if reported.place is not None:
        yield "Place", _PLACES[reported.place]
    yield "Source", reported.source
    if reported.also_in:
        yield "Also in", "; ".join(reported.also_in)
    if reported.quoted_from:
        yield "Quoted from", reported.quoted_from
    yield "Protocol", reported.protocol
    if reported.note:
        yield "Note", reported.note


def _measured(cell: Cell, measured: Measured, column: Column) -> Iterator[Fact]:
    digits = column.decimals
    yield "Value", words.measured_text(cell, column)
    if measured.value is None:
        yield "Undefined because", measured.reason
    if measured.spread is not None:
        yield "Standard deviation", f"{words.spread_text(cell, column)} {words.spread_words(cell)}"
    if len(measured.values) > 1:
        each = (words.DASH if value is None else words.number(value, digits) for value in measured.values)
        yield f"Single {measured.spread_over or 'values'}", ", ".join(each)
    if measured.interval is not None:
        text = interval_text(measured.interval, digits)
        yield "95 % interval", f"{text} (bootstrap over {measured.interval.videos} videos)"
    if measured.items:
        yield "Videos", str(measured.items)
    if measured.undefined_prediction:
        yield "Undefined by the prediction", f"{measured.undefined_prediction}, counted as no skill"
    if measured.undefined_reference:
        yield "Undefined by the reference", str(measured.undefined_reference)
    over = measured.over_random
    if over is not None:
        yield "Over random", over.reason if over.percent is None else f"{words.number(over.percent, 1)} %"
    if cell.rank is not None:
        yield "Rank", f"{cell.rank} in this column"


def _verdict(cell: Cell, verdict: Verdict, column: Column) -> Iterator[Fact]:
    yield "Judgement", str(verdict.judgement)
    delta = words.delta_text(cell, column)
    if delta:
        yield "Measured minus printed", delta
    if verdict.tolerance is not None and cell.reported is not None:
        shown = convert(verdict.tolerance, cell.reported.scale, column.scale)
        width = verdict.tolerance if shown is None else shown
        yield "Tolerance", f"± {words.number(width, column.decimals + 1)}"
    if verdict.reason:
        yield "Reason", verdict.reason


def _comparison(comparison: Comparison, column: Column) -> Iterator[Fact]:
    if comparison.best:
        yield "Place", "this is the best ranked value of the column"
        return
    if comparison.difference is not None:
        yield "Difference", words.number(comparison.difference, column.decimals, signed=True)
    if comparison.interval is not None:
        text = interval_text(comparison.interval, column.decimals, signed=True)
        yield "95 % interval", f"{text} (paired bootstrap over {comparison.interval.videos} videos)"
    if comparison.p is not None:
        yield "p", f"{words.p_text(comparison.p)} (paired permutation test, two-sided)"
    if comparison.p_adjusted is not None:
        yield "p after Holm", words.p_text(comparison.p_adjusted)
    if comparison.distinguishable is not None:
        yield "Reads as", "different from the best" if comparison.distinguishable else words.TIED
    if comparison.reason:
        yield "Not tested because", comparison.reason


def _condition(condition: Condition, protocol: str) -> Iterator[Fact]:
    yield "Protocol", protocol
    yield "Evidence", f"{condition.evidence}: {words.EVIDENCE[condition.evidence]}"
    yield "Edition", f"{condition.edition}, version {condition.edition_version}"
    yield "Preset", condition.preset or "none: the method has a single form"
    if condition.set_by_hand:
        yield "Set by hand", ", ".join(condition.set_by_hand)
    if condition.input:
        yield "Input", condition.input.removeprefix("input: ")
    yield "Split set", condition.split_set
    yield "Selection", f"{condition.selection}{words.DAGGER if condition.optimistic else ''}"
    yield "Coverage", f"{condition.evaluated} of {condition.official} videos of the official split"
