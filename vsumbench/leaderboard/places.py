"""The best and the second best of the numbers that a table prints, worked out from the numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from .dataset_counts import COUNTS
from .table import Cell, Column, Reported, Row, RowGroup

ABOUT = (
    "The best and second-best marks of printed values are worked out from the values themselves; the "
    "paper's own emphasis is not part of the transcription."
)
"""What stands below a table with such marks."""


def with_places(columns: Sequence[Column], groups: Sequence[RowGroup]) -> tuple[RowGroup, ...]:
    """The same groups with the places of printed numbers.

    Numbers are compared within a column and dataset. Reference rows have no place, and neither has a number
    that no other stands beside. Ties share a place; the second best is the next value after the best.
    """
    rows = [row for group in groups for row in group.rows]
    places: dict[tuple[int, int], Literal[1, 2]] = {}
    for i, column in enumerate(columns):
        found: dict[str, dict[int, Reported]] = defaultdict(dict)
        for n, row in enumerate(rows):
            reported = row.cells[i].reported
            if reported is not None and not row.reference and column.metric not in COUNTS:
                found[row.dataset][n] = reported
        for alike in found.values():
            places |= {(n, i): place for n, place in _of(alike, column).items()}
    numbers = iter(range(len(rows)))
    return tuple(
        replace(group, rows=tuple(_placed(row, next(numbers), places) for row in group.rows))
        for group in groups
    )


def _of(alike: dict[int, Reported], column: Column) -> dict[int, Literal[1, 2]]:
    if len(alike) < 2 or len({one.scale for one in alike.values()}) > 1:
        return {}
    values = sorted({one.value for one in alike.values()}, reverse=column.direction == "higher")
    found: dict[int, Literal[1, 2]] = {}
    for n, one in alike.items():
        if one.value == values[0]:
            found[n] = 1
        elif one.value == values[1]:
            found[n] = 2
    return found


def _placed(row: Row, n: int, places: dict[tuple[int, int], Literal[1, 2]]) -> Row:
    def one(cell: Cell, i: int) -> Cell:
        place = places.get((n, i))
        if cell.reported is None or place is None:
            return cell
        return replace(cell, reported=replace(cell.reported, place=place))

    return replace(row, cells=tuple(one(cell, i) for i, cell in enumerate(row.cells)))
