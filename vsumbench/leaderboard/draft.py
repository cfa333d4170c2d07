"""Rows on their way to a table: footnotes are texts until the table is whole, then they get their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from vsumbench.store.records import StoredRecord

from .table import Cell, Column, Judgement, Row, RowGroup, RunLink


class Runs:
    """The runs behind a table, each listed once."""

    def __init__(self) -> None:
        self._found: dict[str, int] = {}
        self._links: list[RunLink] = []

    def add(self, stored: StoredRecord) -> int:
        """The index of a run."""
        if stored.folder not in self._found:
            record = stored.record
            self._found[stored.folder] = len(self._links)
            self._links.append(
                RunLink(
                    run=record.run,
                    folder=stored.folder,
                    command=record.command,
                    seed=record.seed,
                    digest=record.prediction_digest,
                )
            )
        return self._found[stored.folder]

    @property
    def links(self) -> tuple[RunLink, ...]:
        """All runs, in the order they were met."""
        return tuple(self._links)


@dataclass(frozen=True)
class DraftCell:
    """A cell and the texts of its footnotes."""

    cell: Cell
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing printed, nothing measured."""
        return self.cell.reported is None and self.cell.measured is None


@dataclass(frozen=True)
class DraftRow:
    """A row without cells, its cells, and the texts of its own footnotes."""

    row: Row
    cells: tuple[DraftCell, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftGroup:
    """Draft rows under one heading."""

    title: str
    rows: tuple[DraftRow, ...]


def finish(
    columns: Sequence[Column], column_notes: Sequence[Sequence[str]], groups: Iterable[DraftGroup]
) -> tuple[tuple[Column, ...], tuple[RowGroup, ...], tuple[str, ...]]:
    """Number the footnotes in reading order. A note that all cells of a row share moves to the row.

    Returns:
        columns, groups and the texts of the notes.
    """
    numbers: dict[str, int] = {}

    def number(texts: Iterable[str]) -> tuple[int, ...]:
        """One mark a place: what is to be said there becomes one footnote."""
        whole = " ".join(dict.fromkeys(text for text in texts if text))
        return (numbers.setdefault(whole, len(numbers) + 1),) if whole else ()

    numbered = tuple(replace(c, notes=number(n)) for c, n in zip(columns, column_notes, strict=True))
    done = tuple(
        RowGroup(title=group.title, rows=tuple(_finish_row(draft, number) for draft in group.rows))
        for group in groups
    )
    return numbered, done, tuple(numbers)


def _finish_row(draft: DraftRow, number: Callable[[Iterable[str]], tuple[int, ...]]) -> Row:
    filled = [cell for cell in draft.cells if not cell.empty]
    shared = (
        [note for note in filled[0].notes if all(note in cell.notes for cell in filled)] if filled else []
    )
    if len(filled) < 2:
        shared = []
    own = number((*draft.notes, *shared))
    cells = tuple(
        replace(cell.cell, notes=number(note for note in cell.notes if note not in shared))
        for cell in draft.cells
    )
    return replace(draft.row, notes=own, cells=cells, status=draft.row.status or _status(cells))


def _status(cells: Sequence[Cell]) -> str:
    """`not run` or `cannot run` where that is so of every cell that could hold a value."""
    if any(cell.measured is not None for cell in cells):
        return ""
    found = {cell.verdict.judgement for cell in cells if cell.verdict is not None}
    for judgement in (Judgement.NOT_RUN, Judgement.CANNOT_RUN):
        if found == {judgement}:
            return str(judgement)
    return ""
