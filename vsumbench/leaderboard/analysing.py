"""Adds to a built table what scores by video tell: intervals, tests, performance over random, panels.

What each of them means, and what it does not say, is in docs/explanation/statistics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vsumbench.store.records import StoredRecord

from .catalog import Catalog
from .column_scores import ColumnScores, Evidence
from .column_statistics import ALPHA, cell_intervals, comparisons, fewest_in_a_fold
from .panel_agreement import agreement
from .panel_costs import paretos
from .panel_sensitivity import Ways
from .panel_videos import critical_differences, distributions, power
from .per_video import CHANGED
from .random_values import RandomValues
from .table import Cell, Table

TINY_FOLD = 10
"""A fold with fewer videos is warned of."""
_TIED = (
    "Not distinguishable from the best: a two-sided paired permutation test over videos against the best row "
    f"of the column gives at least {ALPHA:g} after Holm's correction over the column."
)
_INTERVALS = "Intervals are 95 % bootstrap intervals over videos."
_SEEDS = "They do not hold the spread of seeds: each video enters with its mean over runs."
_TINY = "Fewer than {least} videos in a fold ({columns}): only large differences can be told, see below."


class Analyst:
    """What all tables of a site share: the runs, their scores by video, the random rows.

    Args:
        stored: complete runs.
        runs: the folder they lie in.
        catalog: the installed plugins.
    """

    def __init__(self, stored: Sequence[StoredRecord], runs: Path, catalog: Catalog) -> None:
        self._evidence = Evidence(stored, runs, catalog)
        self._random = RandomValues(stored, self._evidence.reader)
        self._ways = Ways(stored)

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line for each file of scores that is not what was sealed."""
        return self._evidence.reader.warnings

    def with_statistics(self, table: Table) -> Table:
        """The table with intervals, comparisons, performance over random, panels and what to say of them."""
        columns = self._evidence.columns(table)
        if not any(column.records for column in columns):
            return with_printed_agreement(table)
        done = _with_cells(table, {column.index: self._cells(column) for column in columns})
        spread, first = distributions(columns)
        differences, second = critical_differences(columns)
        costs, third = paretos(columns)
        sensitivity, fourth = self._ways.sensitivity(columns)
        agreed, fifth = agreement(done)
        panels = replace(
            done.panels,
            distributions=spread,
            critical_differences=differences,
            paretos=costs,
            sensitivity=sensitivity,
            agreement=agreed,
            power=power(columns),
        )
        remarks = [*_remarks(done, columns), *first, *second, *third, *fourth, *fifth]
        return replace(done, panels=panels, remarks=(*done.remarks, *remarks))

    def _cells(self, column: ColumnScores) -> list[Cell]:
        around = cell_intervals(column)
        compared = comparisons(column, self._evidence.reader)
        random = self._random.over(column)
        return [
            cell
            if cell.measured is None
            else replace(
                cell,
                comparison=compared.get(row),
                measured=replace(cell.measured, interval=around.get(row), over_random=random.get(row)),
            )
            for row, cell in enumerate(column.cells)
        ]


def with_statistics(table: Table, analyst: Analyst | None) -> Table:
    """The table with statistics; of printed numbers alone where there is no analyst."""
    return with_printed_agreement(table) if analyst is None else analyst.with_statistics(table)


def with_printed_agreement(table: Table) -> Table:
    """The table with the one panel that printed numbers give: do metrics agree?"""
    found, left = agreement(table)
    if found is None:
        return table
    return replace(table, panels=replace(table.panels, agreement=found), remarks=(*table.remarks, *left))


def _with_cells(table: Table, cells: dict[int, list[Cell]]) -> Table:
    """The table with whole columns of cells put in."""
    rows = iter(
        replace(
            row,
            cells=tuple(cells[i][n] if i in cells else cell for i, cell in enumerate(row.cells)),
        )
        for n, row in enumerate(table.rows)
    )
    groups = tuple(replace(group, rows=tuple(next(rows) for _ in group.rows)) for group in table.groups)
    return replace(table, groups=groups)


def _remarks(table: Table, columns: Sequence[ColumnScores]) -> list[str]:
    """What holds for all intervals and tests of the table."""
    cells = table.cells
    found: list[str] = []
    if any(cell.measured is not None and cell.measured.interval is not None for cell in cells):
        several = any(len(cell.runs) > 1 for cell in cells)
        found.append(f"{_INTERVALS} {_SEEDS}" if several else _INTERVALS)
    if any(cell.comparison is not None and cell.comparison.distinguishable is False for cell in cells):
        found.append(_TIED)
    tiny = [
        f"{column.column.group} {column.column.title}".strip()
        for column in columns
        if (fewest := fewest_in_a_fold(column.ranked, column)) is not None and fewest < TINY_FOLD
    ]
    if tiny:
        found.append(_TINY.format(least=TINY_FOLD, columns=", ".join(tiny)))
    if any(why.endswith(CHANGED) for column in columns for why in column.missing.values()):
        found.append(
            "Some rows have no interval: their scores by video were changed after the run was sealed."
        )
    return found
