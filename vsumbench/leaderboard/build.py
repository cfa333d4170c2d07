"""A board spec, the store and reported numbers make a table of a paper: its print, and ours beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vsumbench.store.records import Store, StoredRecord
from vsumbench.store.reported import ReportedNumber, same_measurement

from .catalog import Catalog
from .columns import column_of, in_scale, meaning
from .costs import COSTS, UNJUDGED, about_cost, measured_costs
from .draft import DraftCell, DraftGroup, DraftRow, Runs, finish
from .making import making, other_versions
from .measured import Candidate, candidates, measure, observe, prefer
from .ranks import rank
from .remarks import about_measured, about_others, about_reported
from .spec import BoardSpec, ColumnSpec, RowSpec
from .table import Cell, Column, Judgement, Reported, Row, Table, Verdict
from .verdict import bar, judge


@dataclass
class PaperBuilder:
    """Builds boards of papers. Without a store, what is printed alone.

    Args:
        reported: every reported number known.
        store: measured runs, or None.
        catalog: the installed plugins.
    """

    reported: Sequence[ReportedNumber]
    store: Store | None = None
    catalog: Catalog = field(default_factory=Catalog)

    def __post_init__(self) -> None:
        self._by_key = {number.key: number for number in self.reported}
        self._same = same_measurement(self.reported)
        self._records: dict[tuple[str, str, str], tuple[StoredRecord, ...]] = {}

    def build(self, board: BoardSpec) -> Table:
        """The table of a board."""
        if self.store is None:
            board = self._printed_part(board)
        runs = Runs()
        rows = _rows(board)
        columns = tuple(
            column_of(
                column,
                [n for row in rows if (n := self._printed(board, row, column)) is not None],
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
        barred = [c.cell.condition for group in groups for row in group.rows for c in row.cells]
        parts = sorted({flag for at in barred if at is not None and bar(at) for flag in at.flags})
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
            columns=numbered,
            groups=rank(numbered, done),
            remarks=tuple(self._remarks(board)),
            notes=notes,
            runs=runs.links,
            source=f"{source}. {detail}".strip(" ,") if detail else source,
            url="" if citation is None else citation.url,
            banner=f"Some rows hold values that are not set against print: {', '.join(parts)}."
            if parts
            else "",
            reported_only=self.store is None,
            making=()
            if self.store is None
            else making(
                columns,
                [cell.cell for group in groups for row in group.rows for cell in row.cells],
                self.catalog,
            ),
        )

    def _printed_part(self, board: BoardSpec) -> BoardSpec:
        """The board without rows and columns that nothing is printed in."""
        rows = [row for row in _rows(board) if self._is_printed(board, row)]
        columns = [c for c in board.columns if any(self._printed(board, row, c) for row in rows)]
        groups = [replace(group, rows=tuple(r for r in group.rows if r in rows)) for group in board.groups]
        return replace(board, columns=tuple(columns), groups=tuple(g for g in groups if g.rows))

    def _remarks(self, board: BoardSpec) -> list[str]:
        """What holds for the whole table: the board's own sentences, and ours on what is measured."""
        own = [note.text for note in board.notes if not note.columns and not note.rows]
        if self.store is None:
            return own
        missing = [self.catalog.no_dataset(name) for name in dict.fromkeys(c.dataset for c in board.columns)]
        own += [f"Cannot be run here: {why}." for why in missing if why]
        return own + [UNJUDGED] * any(column.metric in COSTS for column in board.columns)

    def _is_printed(self, board: BoardSpec, row: RowSpec) -> bool:
        return any(self._printed(board, row, column) is not None for column in board.columns)

    def _printed(self, board: BoardSpec, row: RowSpec, column: ColumnSpec | Column) -> ReportedNumber | None:
        key = (board.leaderboard.id, board.table, row.reported or row.title, column.dataset, column.metric)
        return self._by_key.get(":".join(key))

    def _row(self, board: BoardSpec, row: RowSpec, columns: Sequence[Column], runs: Runs) -> DraftRow:
        name = row.reported or row.title
        cells = []
        for spec, column in zip(board.columns, columns, strict=True):
            draft = self._cell(board, row, spec, column, runs)
            extra = [
                n.text for n in board.notes if name in n.rows and spec.id in n.columns and not draft.empty
            ]
            cells.append(replace(draft, notes=(*draft.notes, *extra)))
        conditions = [cell.cell.condition for cell in cells if cell.cell.condition is not None]
        # A row of ours, such as a floor, has nothing that could be judged `not run` cell by cell.
        empty = not conditions and not self._is_printed(board, row)
        return DraftRow(
            replace(
                _head(row),
                status=str(Judgement.NOT_RUN) if empty else "",
                optimistic=any(condition.optimistic for condition in conditions),
                flags=tuple(dict.fromkeys(flag for condition in conditions for flag in condition.flags)),
            ),
            tuple(cells),
            tuple(note.text for note in board.notes if name in note.rows and not note.columns),
        )

    def _cell(
        self, board: BoardSpec, row: RowSpec, spec: ColumnSpec, column: Column, runs: Runs
    ) -> DraftCell:
        number = self._printed(board, row, spec)
        notes: list[str] = []
        reported = None
        if number is not None:
            also = [other for other in self._same[number.key] if other.key != number.key]
            reported = _reported(number, also)
            notes = about_reported(number, also)
        protocol = row.protocol(spec)
        cell = Cell(column=column.id, protocol=protocol, reported=reported)
        if protocol != column.protocol and number is not None:
            notes.append(f"Follows {protocol}, not the {column.protocol} of its column.")
        if self.store is None:
            return DraftCell(cell, tuple(notes))
        stored = self._of(row, column.dataset)
        observed = (
            measured_costs(stored, column.metric)
            if column.metric in COSTS
            else candidates(observe(stored, protocol, column.metric))
        )
        found = prefer(observed, board.split_set, board.selection)
        if not found:
            if number is None:
                return DraftCell(cell, tuple(notes))
            verdict = self._not_run(row, stored, column.dataset, protocol, column.metric)
            notes += [f"Not run: {verdict.reason}."] * (
                verdict.judgement is Judgement.NOT_RUN and bool(verdict.reason)
            )
            notes += [f"Cannot run: {verdict.reason}."] * (
                verdict.judgement is Judgement.CANNOT_RUN and bool(verdict.reason)
            )
            return DraftCell(replace(cell, verdict=verdict), tuple(notes))
        return self._measured(board, cell, number, found, column, runs, notes)

    def _measured(
        self,
        board: BoardSpec,
        cell: Cell,
        number: ReportedNumber | None,
        found: Sequence[Candidate],
        column: Column,
        runs: Runs,
        notes: list[str],
    ) -> DraftCell:
        shown = found[0]
        condition, scale = shown.condition, shown.first.score.scale
        measured = measure(shown)
        is_cost = column.metric in COSTS
        notes += about_cost(shown, measured, column.metric) if is_cost else about_measured(shown, measured)
        notes += [] if is_cost else other_versions(shown.first.score, self.catalog)
        notes += about_others(shown, found[1:])
        verdict, delta = None, None
        judged = number is not None and not is_cost
        if judged and (why := bar(condition)):
            notes.append(f"No difference and no verdict: {why}.")
        elif number is not None and judged:
            other = board.split_set and condition.split_set != board.split_set
            verdict, delta = judge(
                number,
                measured,
                protocol=cell.protocol,
                scale=scale,
                metric=self.catalog.metric(column.metric),
                other_split=f"measured on split set {condition.split_set}" if other else "",
            )
            notes += [f"Not comparable: {verdict.reason}."] * bool(verdict.reason)
        links = tuple(runs.add(observation.stored) for observation in shown.observations)
        return DraftCell(
            replace(
                cell,
                measured=in_scale(measured, scale, column.scale),
                condition=condition,
                verdict=verdict,
                delta=delta,
                runs=links,
            ),
            tuple(notes),
        )

    def _of(self, row: RowSpec, dataset: str) -> tuple[StoredRecord, ...]:
        """Complete runs of the row's model and variant on a dataset.

        A run with a spoilt input is no row of a paper; it stands on the standing boards.
        """
        key = (row.model, row.variant, dataset)
        if key not in self._records and self.store is not None:
            found = self.store.query(model=row.model, dataset=dataset, status="complete")
            self._records[key] = tuple(
                one
                for one in found
                if self.catalog.is_variant(row.model, row.variant, one.record.model.variant)
                and not one.record.model.ablated
            )
        return self._records[key]

    def _not_run(
        self, row: RowSpec, stored: Sequence[StoredRecord], dataset: str, protocol: str, metric: str
    ) -> Verdict:
        """Why a cell has no value."""
        known = stored or (self.store is not None and self.store.query(model=row.model))
        why = row.cannot_run or ("" if known else self.catalog.cannot_run(row.model))
        if why:
            return Verdict(judgement=Judgement.CANNOT_RUN, reason=why)
        if not stored and self.catalog.no_dataset(dataset):
            # The reason stands below the table, once.
            return Verdict(judgement=Judgement.CANNOT_RUN)
        others = {s.protocol for one in stored for s in one.record.scores if s.metric == metric} - {protocol}
        reason = f"there are runs under {', '.join(sorted(others))}, none under {protocol}" if others else ""
        return Verdict(judgement=Judgement.NOT_RUN, reason=reason)


def _rows(board: BoardSpec) -> list[RowSpec]:
    return [row for group in board.groups for row in group.rows]


def _head(row: RowSpec) -> Row:
    return Row(title=row.title, model=row.model, variant=row.variant, reference=row.reference)


def _reported(number: ReportedNumber, also: Sequence[ReportedNumber]) -> Reported:
    return Reported(
        text=number.value,
        value=float(number.number),
        scale=number.scale,
        source=number.source,
        protocol=number.protocol,
        also_in=tuple(other.source for other in also),
        quoted_from=number.quoted_from,
        note=number.note,
    )
