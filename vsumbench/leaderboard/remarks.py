"""Footnotes: what a reader must know of a measured or a printed number, in words."""

from __future__ import annotations

from collections.abc import Sequence

from vsumbench.store.reported import ReportedNumber

from .measured import Candidate
from .table import Measured

OPTIMISTIC = "The checkpoint was chosen on the test fold: optimistic, and without a rank."


def about_measured(candidate: Candidate, measured: Measured) -> list[str]:
    """Undefined values, coverage below the whole split, what the scorer had to say."""
    notes: list[str] = []
    at = candidate.condition
    if measured.value is None:
        notes.append(f"Undefined: {measured.reason or 'the record gives no reason'}.")
    if at.evaluated < at.official:
        share = 100 * at.evaluated / at.official
        notes.append(f"Coverage {share:.1f} %: {at.evaluated} of {at.official} videos of the official split.")
    if measured.undefined_prediction:
        many = _count(measured.undefined_prediction, "comparison")
        notes.append(f"{many} undefined because of the prediction, counted as no skill.")
    if measured.undefined_reference:
        many = _count(measured.undefined_reference, "comparison")
        notes.append(f"{many} undefined because of the reference, left out.")
    notes += dict.fromkeys(_sentence(o.score.note) for o in candidate.observations if o.score.note)
    return notes


def about_others(shown: Candidate, others: Sequence[Candidate]) -> list[str]:
    """Which runs under other conditions are not shown."""
    if not others:
        return []
    runs = sum(len(candidate.observations) for candidate in others)
    found = sorted({_differs(shown, candidate) for candidate in others})
    return [f"Not shown: {_count(runs, 'run')} under other conditions ({'; '.join(found)})."]


def about_reported(number: ReportedNumber, also: Sequence[ReportedNumber]) -> list[str]:
    """Where a printed number was copied from, where else it stands, and what is odd about it."""
    notes = [f"Quoted from {number.quoted_from}."] if number.quoted_from else []
    places = dict.fromkeys(f"{other.paper} Table {other.table} (row {other.row})" for other in also)
    if places:
        notes.append(f"The same measurement is printed in {' and in '.join(places)}.")
    if number.note:
        notes.append(f"Print: {_sentence(number.note)}")
    return notes


def _differs(shown: Candidate, other: Candidate) -> str:
    a, b = shown.condition, other.condition
    if b.edition != a.edition:
        return f"edition {b.edition}"
    if b.form != a.form:
        return b.form or "without a preset"
    if b.split_set != a.split_set:
        return f"split set {b.split_set}"
    if b.selection != a.selection:
        return f"selection {b.selection}"
    if b.evaluated != a.evaluated:
        return "other coverage"
    if other.options != shown.options:
        return "other options"
    return "other code, data or versions" if other.apart == shown.apart else other.apart


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}".replace(",", " ")


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
