"""Do columns put rows in the same order? Over printed numbers, and over measured ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from .costs import COSTS
from .panels import Agreement, MetricPair, Source
from .statistics.agreement import kendall, spearman
from .table import Cell, Column, Table

FEWEST_ROWS = 3
"""Two rows are in one of two orders: that is no agreement."""
MOST_COLUMNS = 8
"""Columns of one dataset that are compared, 28 pairs."""


def agreement(table: Table) -> tuple[Agreement | None, list[str]]:
    """Kendall's tau-b and Spearman's rho between columns of one dataset, and what was left out.

    Rows are those with a number in both columns: any printed number of a row that is no reference row;
    of measured ones those with a rank in both, which were measured under one condition. A table whose rows
    are about several datasets has no such panel: an order over them would be one of datasets.
    """
    if any(row.dataset for row in table.rows):
        return None, []
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(table.columns):
        if column.metric not in COSTS:
            groups.setdefault(column.dataset, []).append(index)
    pairs = [pair for indices in groups.values() for pair in _pairs(table, indices[:MOST_COLUMNS])]
    more = any(len(indices) > MOST_COLUMNS for indices in groups.values())
    left = [f"Agreement is shown of the first {MOST_COLUMNS} columns of a dataset."] * bool(pairs and more)
    return Agreement(pairs=tuple(pairs)) if pairs else None, left


def _pairs(table: Table, indices: Sequence[int]) -> Iterator[MetricPair]:
    rows = table.rows
    for a, b in combinations(indices, 2):
        printed = [
            (first.reported.value, second.reported.value)
            for row in rows
            if not row.reference
            for first, second in ((row.cells[a], row.cells[b]),)
            if first.reported is not None and second.reported is not None
        ]
        measured = [
            (first, second)
            for row in rows
            for first, second in ((_ranked(row.cells[a]), _ranked(row.cells[b])),)
            if first is not None and second is not None
        ]
        found: dict[Source, list[tuple[float, float]]] = {"printed": printed, "measured": measured}
        for source, values in found.items():
            if len(values) >= FEWEST_ROWS:
                yield _pair(table.columns[a], table.columns[b], values, source)


def _ranked(cell: Cell) -> float | None:
    return None if cell.rank is None or cell.measured is None else cell.measured.value


def _pair(first: Column, second: Column, values: Sequence[tuple[float, float]], source: Source) -> MetricPair:
    signs = [1.0 if column.direction == "higher" else -1.0 for column in (first, second)]
    ones, others = [signs[0] * one for one, _ in values], [signs[1] * other for _, other in values]
    return MetricPair(
        first=first.id,
        second=second.id,
        kendall=kendall(ones, others),
        spearman=spearman(ones, others),
        rows=len(values),
        source=source,
    )
