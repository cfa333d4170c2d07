"""What a board's script reads: sort values and the words of every cell, as JSON inside the page."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import words
from .cell_facts import cell_facts
from .table import Cell, Column, Row, Table
from .verdict import convert

if TYPE_CHECKING:
    from markupsafe import Markup

_KEY_LENGTH = 7


def row_keys(table: Table) -> tuple[str, ...]:
    """A short name for each row that does not change when rows of other methods come or go: for links."""
    seen: Counter[str] = Counter()
    keys = []
    for group in table.groups:
        for row in group.rows:
            identity = [group.title, row.title, row.model, row.variant, row.dataset, *row.flags]
            digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:_KEY_LENGTH]
            seen[digest] += 1
            keys.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return tuple(keys)


def board_data(table: Table, run_pages: Mapping[str, str]) -> Markup:
    """The data of a board. `run_pages` maps a run folder to the address of its page."""
    columns = table.columns
    return as_script(
        {
            "id": table.id,
            "columns": [
                {
                    "id": column.id,
                    "title": f"{column.group}: {column.title}" if column.group else column.title,
                    "about": " · ".join(
                        part for part in (column.dataset, column.protocol, column.metric) if part
                    ),
                    "lower": column.direction == "lower",
                    "digits": column.decimals,
                }
                for column in columns
            ],
            "extras": [{"id": column.id, "title": column.title} for column in table.extra_columns],
            "rows": [_row(row, columns) for row in table.rows],
            "runs": [
                {
                    "name": run.folder,
                    "seed": run.seed,
                    "page": run_pages.get(run.folder, f"#run-{number}"),
                }
                for number, run in enumerate(table.runs, 1)
            ],
        }
    )


def _row(row: Row, columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "title": words.row_title(row),
        "about": " · ".join(
            part for part in (words.method_name(row.model, row.variant), row.dataset, *row.flags) if part
        ),
        "cells": [_cell(cell, column) for cell, column in zip(row.cells, columns, strict=True)],
        "extras": [extra.value for extra in row.extras],
    }


def _cell(cell: Cell, column: Column) -> dict[str, Any] | None:
    """Sort values in the column's scale: printed, measured, measured minus printed; then the words."""
    if cell.reported is None and cell.measured is None:
        return None
    printed = delta = None
    if cell.reported is not None:
        scale = cell.reported.scale
        printed = _scaled(cell.reported.value, scale, column.scale)
        delta = None if cell.delta is None else _scaled(cell.delta, scale, column.scale)
    measured = None if cell.measured is None else cell.measured.value
    return {
        "s": [printed, measured, delta],
        "f": cell_facts(cell, column),
        "n": cell.notes,
        "r": cell.runs,
    }


def _scaled(value: float, source: str, target: str) -> float:
    shown = convert(value, source, target)
    return value if shown is None else shown


def as_script(content: object) -> Markup:
    """JSON for a `script` element that is not executed: no character in it can end that element."""
    from markupsafe import Markup

    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
