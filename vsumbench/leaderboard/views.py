"""Figures of single videos: no numbers, but the methods they show, and whether runs of them are here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .cells import Cells
from .draft import DraftGroup, DraftRow, Runs, finish
from .spec import BoardSpec, RowSpec
from .table import ExtraCell, ExtraColumn, Judgement, Row, RowGroup, RunLink

ABOUT = (
    "A figure of single videos: it prints no numbers. It is made of runs of these methods with "
    "`vsumbench view RUN… --video ID`, where RUN is a folder of runs."
)
"""What stands below such a board."""
RUNS = ExtraColumn(id="runs-here", title="Runs here", printed=True)


def view_groups(
    board: BoardSpec, cells: Cells | None, head: Callable[[RowSpec], Row]
) -> tuple[tuple[RowGroup, ...], tuple[str, ...], tuple[RunLink, ...]]:
    """Rows, notes and runs of a board of kind `view`. `cells` is None where no runs are looked for."""
    runs = Runs()
    groups = [
        DraftGroup(group.title, tuple(_row(board, row, cells, head, runs) for row in group.rows))
        for group in board.groups
    ]
    _, done, notes = finish((), (), groups)
    return done, notes, runs.links


def _row(
    board: BoardSpec, row: RowSpec, cells: Cells | None, head: Callable[[RowSpec], Row], runs: Runs
) -> DraftRow:
    own = tuple(note.text for note in board.notes if (row.reported or row.title) in note.rows)
    if cells is None:
        return DraftRow(head(row), (), own)
    stored = cells.runs_of(row, row.dataset)
    for one in stored:
        runs.add(one)
    editions = sorted({one.record.dataset.edition for one in stored})
    text = f"{len(stored)} ({', '.join(f'edition {edition}' for edition in editions)})" if stored else "none"
    why = "" if stored else cells.no_run(row)
    status = "" if stored else str(Judgement.CANNOT_RUN if why else Judgement.NOT_RUN)
    return DraftRow(
        replace(head(row), status=status, extras=(ExtraCell(column=RUNS.id, value=text),)),
        (),
        (*own, *([f"Cannot run: {why}."] if why else [])),
    )
