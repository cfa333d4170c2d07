"""Words that papers print in tables: check marks, domains. They stand in extra columns, after the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vsumbench.store.reported import ReportedNumber

from .spec import BoardSpec, RowSpec
from .table import ExtraCell, ExtraColumn

_FACT = re.compile(r"([A-Za-z0-9-]+)=(.+)")


def facts_of(note: str) -> Mapping[str, str]:
    """The `key=value` parts of a note, which semicolons divide."""
    found = (_FACT.fullmatch(part.strip()) for part in note.split(";"))
    return {match[1]: match[2] for match in found if match is not None}


def without_facts(note: str, keys: Iterable[str]) -> str:
    """A note without those of its facts that stand in columns."""
    shown = set(keys) & set(facts_of(note))
    if not shown:
        return note
    parts = (part.strip() for part in note.split(";"))
    return "; ".join(part for part in parts if part.partition("=")[0] not in shown)


def fact_columns(board: BoardSpec) -> tuple[ExtraColumn, ...]:
    """The board's columns of words."""
    return tuple(ExtraColumn(id=one.fact, title=one.title, printed=True) for one in board.facts)


def fact_cells(board: BoardSpec, row: RowSpec, numbers: Iterable[ReportedNumber]) -> tuple[ExtraCell, ...]:
    """What stands there in a row, of which these numbers are printed."""
    said: dict[str, str] = {}
    for number in numbers:
        said |= facts_of(number.note)
    said |= row.facts
    return tuple(ExtraCell(column=one.fact, value=said.get(one.fact)) for one in board.facts)
