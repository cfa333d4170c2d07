"""Agreement of metrics as a square: who orders rows as whom."""

from __future__ import annotations

from dataclasses import dataclass

from .panel_tables import column_name
from .table import Table
from .words import number

STEPS = 4
"""Shades to each side of zero."""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """One kind of number.

    Attributes:
        source: `printed` or `measured`.
        names: of the columns, on both sides.
        cells: text and shade, from -STEPS to STEPS, row by row; `n` where there is nothing to say.
    """

    source: str
    names: tuple[str, ...]
    cells: tuple[tuple[tuple[str, str], ...], ...]


def matrices(table: Table) -> tuple[Matrix, ...]:
    """Kendall above the diagonal, Spearman below; one square for each kind of number there is."""
    agreement = table.panels.agreement
    if agreement is None:
        return ()
    place = {column.id: i for i, column in enumerate(table.columns)}
    found = []
    for source in dict.fromkeys(pair.source for pair in agreement.pairs):
        values: dict[tuple[str, str], float | None] = {}
        for pair in agreement.pairs:
            if pair.source == source:
                first, second = sorted((pair.first, pair.second), key=place.__getitem__)
                values[first, second] = pair.kendall
                values[second, first] = pair.spearman
        named = {name for key in values for name in key}
        used = [column for column in table.columns if column.id in named]
        found.append(
            Matrix(
                source=source,
                names=tuple(column_name(column) for column in used),
                cells=tuple(
                    tuple(_cell(values.get((one.id, other.id)), own=one.id == other.id) for other in used)
                    for one in used
                ),
            )
        )
    return tuple(found)


def _cell(value: float | None, *, own: bool) -> tuple[str, str]:
    if own or value is None:
        return "", "n"
    return number(value, 2), str(round(value * STEPS))
