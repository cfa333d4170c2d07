"""A board spec, the store and reported numbers make a table of a paper: its print, and ours beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vsumbench.store.records import Store
from vsumbench.store.reported import ReportedNumber
from vsumbench.store.statistics import load_statistics

from . import places, views
from .catalog import Catalog
from .cells import Cells
from .columns import column_of, meaning
from .costs import COSTS, UNJUDGED
from .draft import DraftGroup, DraftRow, Runs, finish
from .facts import fact_cells, fact_columns
from .making import making
from .profiles import profile_panels
from .ranks import rank
from .spec import BoardSpec, RowSpec
from .table import Column, Judgement, Row, RowGroup, Table
from .verdict import bar


@dataclass
class PaperBuilder:
    """Builds boards of papers. Without a store, what is printed alone.

    Args:
        reported: every reported number known.
        store: measured runs, or None.
        catalog: the installed plugins.

    Attributes:
        warnings: one line for each file of dataset statistics that cannot be read.
    """

    reported: Sequence[ReportedNumber]
    store: Store | None = None
    catalog: Catalog = field(default_factory=Catalog)

    def __post_init__(self) -> None:
        statistics, self.warnings = ((), ()) if self.store is None else load_statistics(self.store.runs)
        self._cells = Cells(self.reported, self.store, self.catalog, statistics)

    def build(self, board: BoardSpec) -> Table:
        """The table of a board."""
        if board.kind == "view":
            return self._view(board)
        if self.store is None:
            board = self._printed_part(board)
        runs = Runs()
        columns = tuple(
            column_of(
                column,
                [n for row in board.rows if (n := self._cells.printed(board, row, column)) is not None],
                self.catalog.metric(column.metric),
            )
            for column in board.columns
        )
        groups = [
            DraftGroup(group.title, tuple(self._row(board, row, columns, runs) for row in group.rows))
            for group in board.groups
        ]
        column_notes = [
            [meaning(column)] * (self.store is not None)
            + [note.text for note in board.notes if column.id in note.columns and not note.rows]
            for column in board.columns
        ]
        numbered, done, notes = finish(columns, column_notes, groups)
        placed = places.with_places(numbered, rank(numbered, done))
        drafts = [cell.cell for group in groups for row in group.rows for cell in row.cells]
        return replace(
            self._frame(board),
            columns=numbered,
            groups=placed,
            remarks=tuple(self._remarks(board, placed)),
            notes=notes,
            runs=runs.links,
            banner=_banner(done),
            making=() if self.store is None else making(columns, drafts, self.catalog),
            extra_columns=fact_columns(board),
            panels=profile_panels(board, numbered, placed),
        )

    def _frame(self, board: BoardSpec) -> Table:
        """A table without rows: what it is and where it stands in the paper."""
        citation = board.leaderboard.citation
        source = board.leaderboard.title if citation is None else citation.title
        detail = (
            ""
            if citation is None
            else ", ".join(str(part) for part in (citation.authors, citation.venue, citation.year) if part)
        )
        return Table(
            id=board.id,
            title=board.title,
            caption=board.caption,
            kind="paper",
            columns=(),
            groups=(),
            source=f"{source}. {detail}".strip(" ,") if detail else source,
            url="" if citation is None else citation.url,
            reported_only=self.store is None,
            label=board.label or f"Table {board.table}",
        )

    def _view(self, board: BoardSpec) -> Table:
        """A board of kind `view`: the methods a figure shows, and their runs."""
        measured = self.store is not None
        groups, notes, runs = views.view_groups(board, self._cells if measured else None, _head)
        own = [note.text for note in board.notes if not note.columns and not note.rows]
        return replace(
            self._frame(board),
            groups=groups,
            notes=notes,
            runs=runs,
            remarks=(*own, views.ABOUT),
            extra_columns=(views.RUNS,) if measured else (),
        )

    def _printed_part(self, board: BoardSpec) -> BoardSpec:
        """The board without rows and columns that nothing is printed in."""
        rows = [row for row in board.rows if self._cells.is_printed(board, row)]
        columns = [c for c in board.columns if any(self._cells.printed(board, row, c) for row in rows)]
        groups = [replace(group, rows=tuple(r for r in group.rows if r in rows)) for group in board.groups]
        return replace(board, columns=tuple(columns), groups=tuple(g for g in groups if g.rows))

    def _remarks(self, board: BoardSpec, groups: Sequence[RowGroup]) -> list[str]:
        """What holds for the whole table: the board's own sentences, and ours on what is measured."""
        found = [note.text for note in board.notes if not note.columns and not note.rows]
        cells = [cell for group in groups for row in group.rows for cell in row.cells]
        found += [places.ABOUT] * any(cell.reported and cell.reported.place for cell in cells)
        if self.store is None:
            return found
        about = dict.fromkeys(row.about(column) for row in board.rows for column in board.columns)
        missing = [name for name in about if self.catalog.no_dataset(name)]
        if missing:
            several = "s" * (len(missing) != 1)
            found.append(
                f"Cannot be run here: no installed plugin provides the dataset{several} {', '.join(missing)}."
            )
        return found + [UNJUDGED] * any(column.metric in COSTS for column in board.columns)

    def _row(self, board: BoardSpec, row: RowSpec, columns: Sequence[Column], runs: Runs) -> DraftRow:
        name = row.reported or row.title
        cells = []
        for spec, column in zip(board.columns, columns, strict=True):
            draft = self._cells.make(board, row, spec, column, runs)
            extra = [
                n.text for n in board.notes if name in n.rows and spec.id in n.columns and not draft.empty
            ]
            cells.append(replace(draft, notes=(*draft.notes, *extra)))
        conditions = [cell.cell.condition for cell in cells if cell.cell.condition is not None]
        # A row of ours, such as a floor, has nothing that could be judged `not run` cell by cell.
        empty = not conditions and not self._cells.is_printed(board, row)
        numbers = [n for c in board.columns if (n := self._cells.printed(board, row, c)) is not None]
        return DraftRow(
            replace(
                _head(row),
                status=str(Judgement.NOT_RUN) if empty else "",
                optimistic=any(condition.optimistic for condition in conditions),
                flags=tuple(dict.fromkeys(flag for condition in conditions for flag in condition.flags)),
                extras=fact_cells(board, row, numbers),
            ),
            tuple(cells),
            tuple(note.text for note in board.notes if name in note.rows and not note.columns),
        )


def _banner(groups: Sequence[RowGroup]) -> str:
    """What stands above a table some of whose values must not be read as the paper's."""
    conditions = [cell.condition for group in groups for row in group.rows for cell in row.cells]
    parts = sorted({flag for at in conditions if at is not None and bar(at) for flag in at.flags})
    return f"Some rows hold values that are not set against print: {', '.join(parts)}." if parts else ""


def _head(row: RowSpec) -> Row:
    return Row(
        title=row.title,
        model=row.model,
        variant=row.variant,
        reference=row.reference,
        dataset=row.dataset,
    )
