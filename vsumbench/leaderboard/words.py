"""How values of a cell are written, the same in every renderer."""

from __future__ import annotations

import json

from vsumbench.explanation import Explanation

from .dataset_counts import COUNTS
from .table import Cell, Column, ExtraCell, ExtraColumn, Judgement, Row, Table, Verdict
from .verdict import convert

DASH = "–"
DAGGER = "†"
ARROWS = {"higher": "↑", "lower": "↓"}
TIED = "not distinguishable from the best"
MAKING = "How these numbers are made"
"""The heading over what is said of protocols and metrics."""
EVIDENCE = {
    "full": "measured on all of the real data",
    "sample": "measured on part of the real data",
    "planted": "measured on generated data with a known signal",
}


def method_name(model: str, variant: str | None) -> str:
    """The canonical name: `mllm-csta@importance-score`, or `csta` alone."""
    return f"{model}@{variant}" if variant else model


def option_text(value: object) -> str:
    """The value of an option or fact: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def p_text(p: float) -> str:
    """`0.013`, or `< 0.001`: more digits than a permutation test can tell are not shown."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def arrow(column: Column) -> str:
    """Which way is better; nothing over a count, of which neither more nor less is."""
    return "" if column.metric in COUNTS else ARROWS[column.direction]


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """A value with a true minus sign, never `-0.0`; `signed` adds a plus unless it rounds to zero."""
    text = f"{abs(value):.{decimals}f}"
    zero = not text.strip("0.")
    sign = "" if zero else "−" if value < 0 else "+" if signed else ""
    return sign + text


def measured_text(cell: Cell, column: Column) -> str:
    """The measured value, a dash where it is undefined, nothing where there is none."""
    if cell.measured is None:
        return ""
    return DASH if cell.measured.value is None else number(cell.measured.value, column.decimals)


def spread_text(cell: Cell, column: Column) -> str:
    """`± 0.031`, or nothing."""
    if cell.measured is None or cell.measured.spread is None:
        return ""
    return f"± {number(cell.measured.spread, column.decimals)}"


def interval_text(cell: Cell, column: Column) -> str:
    """`[0.212, 0.281]`, or nothing."""
    if cell.measured is None or cell.measured.interval is None:
        return ""
    interval = cell.measured.interval
    return f"[{number(interval.low, column.decimals)}, {number(interval.high, column.decimals)}]"


def spread_words(cell: Cell) -> str:
    """What the spread is of: `over 5 folds`."""
    if cell.measured is None or cell.measured.spread is None:
        return ""
    return f"over {len(cell.measured.values)} {cell.measured.spread_over}"


def delta_text(cell: Cell, column: Column) -> str:
    """Measured minus printed, in the column's scale, with a sign; nothing where they are not compared."""
    if cell.delta is None or cell.reported is None:
        return ""
    shown = convert(cell.delta, cell.reported.scale, column.scale)
    value = cell.delta if shown is None else shown
    text = number(value, column.decimals, signed=True)
    # A difference too small for the column's digits still has a side.
    return text if text.strip("0.") else number(value, column.decimals + 1, signed=True)


def extra_text(cell: ExtraCell, column: ExtraColumn) -> str:
    """What stands in a cell of a plugin's column; nothing where it is empty."""
    if cell.value is None:
        return ""
    return cell.value if isinstance(cell.value, str) else number(cell.value, column.digits)


def extra_source(table: Table) -> str:
    """Which columns plugins added, and which plugins; nothing where there are none."""
    added = [column for column in table.extra_columns if not column.printed]
    if not added:
        return ""
    named = (c.title + f" ({c.plugin})" * bool(c.plugin) for c in added)
    return f"Added by plugins, not ranked: {', '.join(named)}."


def verdict_text(verdict: Verdict | None) -> str:
    """The judgement in words, or nothing."""
    return "" if verdict is None else str(verdict.judgement)


def row_title(row: Row) -> str:
    """The title, with a dagger where the test fold chose the checkpoint."""
    return f"{row.title}{DAGGER}" if row.optimistic else row.title


def tied(cell: Cell) -> bool:
    """Whether the paired test cannot tell this cell from the best of its column."""
    return cell.comparison is not None and cell.comparison.distinguishable is False


def row_heading(table: Table) -> str:
    """What stands over the names of rows: a row without a model is a dataset."""
    return "Method" if any(row.model for row in table.rows) else "Dataset"


def subtitle(row: Row, table: Table) -> str:
    """The method's canonical name, with its variant, where the title does not say it."""
    name = method_name(row.model, row.variant)
    return "" if table.kind == "standing" and name.casefold() == row.title.casefold() else name


def kind_of(text: Explanation) -> str:
    """`metric, version 1; percent, 0 to 100; higher is better`: beside the name of what is explained."""
    scale = text.facts.get("scale", "")
    return f"{text.kind}, version {text.version}" + f"; {scale}" * bool(scale)


def summary(table: Table) -> str:
    """One line on what the table holds."""
    printed = sum(cell.reported is not None for cell in table.cells)
    measured = sum(cell.measured is not None for cell in table.cells)
    parts = [f"{len(table.rows)} row{'s' * (len(table.rows) != 1)}"]
    if printed:
        parts.append(f"{printed} printed number{'s' * (printed != 1)}")
    if not table.reported_only:
        parts.append(f"{measured} measured")
        parts += [
            f"{n} {judgement}"
            for judgement in (Judgement.WITHIN, Judgement.OUTSIDE)
            if (n := table.count(judgement))
        ]
    return ", ".join(parts)
