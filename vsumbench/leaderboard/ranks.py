"""Ranks: only rows that share everything a column does not already fix are put in order."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from .costs import COSTS
from .dataset_counts import COUNTS
from .table import Cell, Column, Condition, Row, RowGroup

RankClass = tuple[str, str, str, str, str, str]


def rank_class(cell: Cell) -> RankClass | None:
    """What two cells of one column must share to be ranked; None for cells without a rank.

    Selection is part of it where something was trained. A checkpoint chosen on the test fold has no rank, and
    neither has a spoilt input.
    """
    at = cell.condition
    if at is None or cell.measured is None or cell.measured.value is None or at.optimistic or at.ablated:
        return None
    preset = "" if at.as_published else at.form
    share = f"{at.evaluated}/{at.official}"
    return at.edition, at.edition_version, preset, at.split_set, cell.protocol, share


def _trained_classes(cells: Sequence[Cell]) -> dict[RankClass, str]:
    """Rank class → the selection rule most of its trained cells share; others of that class have no rank."""
    votes: dict[RankClass, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        key = rank_class(cell)
        if key is not None and cell.condition is not None and cell.condition.trained:
            votes[key][cell.condition.selection] += 1
    return {key: min(found, key=lambda name: (-found[name], name)) for key, found in votes.items()}


def rank_column(column: Column, cells: Sequence[Cell], references: Sequence[bool]) -> list[Cell]:
    """The cells of one column with ranks, ties sharing the better one.

    Reference rows, costs and counts have none.
    Ranks of two classes would mean different things in one column, so only the main class is ranked: full
    data and published presets first, then the one with most cells.
    """
    if column.metric in COSTS or column.metric in COUNTS:
        return list(cells)
    selections = _trained_classes(cells)

    def belongs(cell: Cell, at: Condition | None, key: RankClass | None) -> bool:
        return key is not None and at is not None and (not at.trained or at.selection == selections[key])

    keys = [
        None if reference or not belongs(cell, cell.condition, rank_class(cell)) else rank_class(cell)
        for cell, reference in zip(cells, references, strict=True)
    ]
    sizes: dict[RankClass, int] = defaultdict(int)
    for key in keys:
        if key is not None:
            sizes[key] += 1
    main = min(sizes, key=lambda key: (key[0] != "full", key[2] != "", -sizes[key], key), default=None)
    if main is None or sizes[main] < 2:
        return list(cells)
    sign = -1.0 if column.direction == "higher" else 1.0
    values = [
        sign * cell.measured.value
        if key == main and cell.measured and cell.measured.value is not None
        else None
        for cell, key in zip(cells, keys, strict=True)
    ]
    better = sorted(value for value in values if value is not None)
    return [
        cell if own is None else replace(cell, rank=1 + bisect_left(better, own))
        for cell, own in zip(cells, values, strict=True)
    ]


def rank(columns: Sequence[Column], groups: Sequence[RowGroup]) -> tuple[RowGroup, ...]:
    """The same groups with every column ranked over all rows of the table that are about one dataset."""
    rows: list[Row] = [row for group in groups for row in group.rows]
    ranked = [[*row.cells] for row in rows]
    for dataset in dict.fromkeys(row.dataset for row in rows):
        alike = [n for n, row in enumerate(rows) if row.dataset == dataset]
        references = [rows[n].reference for n in alike]
        for i, column in enumerate(columns):
            for n, cell in zip(
                alike, rank_column(column, [rows[n].cells[i] for n in alike], references), strict=True
            ):
                ranked[n][i] = cell
    done = iter(replace(row, cells=tuple(cells)) for row, cells in zip(rows, ranked, strict=True))
    return tuple(replace(group, rows=tuple(next(done) for _ in group.rows)) for group in groups)
