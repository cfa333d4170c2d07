"""Figures of papers drawn from a board's columns: rows over several axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .panels import Line, Panels, Profile
from .spec import BoardSpec
from .table import Cell, Column, RowGroup
from .verdict import convert


def profile_panels(board: BoardSpec, columns: Sequence[Column], groups: Sequence[RowGroup]) -> Panels:
    """The panel of the board's profile; none where the board has none, or nothing to draw.

    An axis without any value is left out, and so is a row without one.
    """
    if board.profile is None:
        return Panels()
    rows = [row for group in groups for row in group.rows]
    at = {column.id: i for i, column in enumerate(columns)}
    axes = [at[name] for name in board.profile.columns if name in at]

    def lines(value: Callable[[Cell, Column], float | None], of: Sequence[int]) -> tuple[Line, ...]:
        drawn = [(n, tuple(value(row.cells[i], columns[i]) for i in of)) for n, row in enumerate(rows)]
        return tuple(
            Line(row=n, values=values) for n, values in drawn if any(one is not None for one in values)
        )

    def tops(of: Sequence[int]) -> list[float]:
        both = [*lines(_printed, of), *lines(_measured, of)]
        return [
            max((abs(v) for line in both if (v := line.values[k]) is not None), default=0.0)
            for k in range(len(of))
        ]

    axes = [i for i, top in zip(axes, tops(axes), strict=True) if top > 0]
    if not axes:
        return Panels()
    return Panels(
        profiles=(
            Profile(
                title=f"{board.label or board.title}, drawn from these numbers",
                shape=board.profile.shape,
                columns=tuple(columns[i].id for i in axes),
                printed=lines(_printed, axes),
                measured=lines(_measured, axes),
                tops=tuple(tops(axes)),
            ),
        )
    )


def _printed(cell: Cell, column: Column) -> float | None:
    if cell.reported is None:
        return None
    return convert(cell.reported.value, cell.reported.scale, column.scale)


def _measured(cell: Cell, _: Column) -> float | None:
    return None if cell.measured is None else cell.measured.value
