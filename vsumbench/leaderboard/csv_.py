"""A table as CSV, a line a cell: what a spreadsheet or a data frame reads. Full precision."""

from __future__ import annotations

import csv
import io

from .table import Cell, Column, ExtraCell, ExtraColumn, Row, Table

FIELDS = (
    *("board", "group", "row", "model", "variant", "reference", "flags", "column", "dataset", "protocol"),
    *("metric", "direction", "scale", "reported", "reported_scale", "source", "quoted_from", "also_in"),
    *("measured", "sd", "sd_over", "low", "high", "videos", "undefined", "over_random", "delta", "verdict"),
    *("reason", "tolerance", "evidence", "edition", "split_set", "selection", "preset", "rank", "p_adjusted"),
    *("runs", "notes"),
)
"""The columns of the file. `measured`, `sd`, `low`, `high` are in `scale`, `delta` and `tolerance` in
`reported_scale`."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula: one that could be begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def render_csv(table: Table) -> str:
    """All cells that hold something, row by row, then those of plugins' columns. Lines end in `\\n`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for group in table.groups:
        for row in group.rows:
            head = {"board": table.id, "group": plain(group.title)} | _of_row(row)
            writer.writerows(
                head | _of_cell(cell, column, row, table)
                for cell, column in zip(row.cells, table.columns, strict=True)
                if cell.reported is not None or cell.measured is not None or cell.verdict is not None
            )
            writer.writerows(
                head | _of_extra(cell, column)
                for cell, column in zip(row.extras, table.extra_columns, strict=True)
                if cell.value is not None
            )
    return out.getvalue()


def _of_row(row: Row) -> dict[str, str]:
    return {
        "row": plain(row.title),
        "model": plain(row.model),
        "variant": plain(row.variant),
        "reference": "yes" if row.reference else "",
        "flags": plain("; ".join(row.flags)),
    }


def _of_cell(cell: Cell, column: Column, row: Row, table: Table) -> dict[str, str]:
    found = {
        "column": plain(column.title if not column.group else f"{column.group} {column.title}"),
        "dataset": plain(row.dataset or column.dataset),
        "protocol": plain(cell.protocol),
        "metric": plain(column.metric),
        "direction": column.direction,
        "scale": column.scale,
        "rank": "" if cell.rank is None else str(cell.rank),
        "evidence": cell.evidence or "",
        "delta": _number(cell.delta),
        "runs": plain(" ".join(table.runs[i].folder for i in cell.runs)),
        "notes": plain(" ".join(table.notes[n - 1] for n in cell.notes)),
    }
    if cell.reported is not None:
        found |= {
            "reported": cell.reported.text,
            "reported_scale": cell.reported.scale,
            "source": plain(cell.reported.source),
            "quoted_from": plain(cell.reported.quoted_from),
            "also_in": plain("; ".join(cell.reported.also_in)),
        }
    if cell.measured is not None:
        measured, interval = cell.measured, cell.measured.interval
        found |= {
            "measured": _number(measured.value),
            "undefined": plain(measured.reason) if measured.value is None else "",
            "sd": _number(measured.spread),
            "sd_over": measured.spread_over if measured.spread is not None else "",
            "low": _number(interval.low if interval else None),
            "high": _number(interval.high if interval else None),
            "videos": str(measured.items),
            "over_random": _number(measured.over_random.percent if measured.over_random else None),
        }
    if cell.verdict is not None:
        found |= {
            "verdict": str(cell.verdict.judgement),
            "reason": plain(cell.verdict.reason),
            "tolerance": _number(cell.verdict.tolerance),
        }
    if cell.condition is not None:
        at = cell.condition
        found |= {
            "edition": plain(at.edition),
            "split_set": plain(at.split_set),
            "selection": plain(at.selection) if at.trained else "",
            "preset": plain(at.preset or ""),
        }
    if cell.comparison is not None:
        found["p_adjusted"] = _number(cell.comparison.p_adjusted)
    return found


def _of_extra(cell: ExtraCell, column: ExtraColumn) -> dict[str, str]:
    value = plain(cell.value) if isinstance(cell.value, str) else _number(cell.value)
    return {"column": plain(column.title), "measured": value}


def _number(value: float | None) -> str:
    """As many digits as give the number back."""
    return "" if value is None else repr(float(value))
