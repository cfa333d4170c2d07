"""One cell of a paper's board: the printed number, what was measured beside it, what may be said of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vsumbench.store.records import Store, StoredRecord
from vsumbench.store.reported import ReportedNumber, same_measurement
from vsumbench.store.statistics import DatasetStatistics

from .catalog import Catalog
from .columns import in_scale
from .costs import COSTS, about_cost, measured_costs
from .dataset_counts import COUNTS, counted
from .draft import DraftCell, Runs
from .facts import without_facts
from .making import other_versions
from .measured import Candidate, candidates, measure, observe, prefer
from .remarks import about_measured, about_others, about_reported
from .spec import BoardSpec, ColumnSpec, ProxySpec, RowSpec
from .table import Cell, Column, Judgement, Reported, Verdict
from .verdict import bar, difference, judge


class Cells:
    """Makes cells of papers' boards.

    Args:
        reported: every reported number known.
        store: measured runs, or None for what is printed alone.
        catalog: the installed plugins.
        statistics: of datasets.
    """

    def __init__(
        self,
        reported: Sequence[ReportedNumber],
        store: Store | None,
        catalog: Catalog,
        statistics: Sequence[DatasetStatistics] = (),
    ) -> None:
        self._by_key = {number.key: number for number in reported}
        self._same = same_measurement(reported)
        self._store, self._catalog, self._statistics = store, catalog, statistics
        self._records: dict[tuple[str, str, str], tuple[StoredRecord, ...]] = {}

    def printed(self, board: BoardSpec, row: RowSpec, column: ColumnSpec) -> ReportedNumber | None:
        """The number that the paper prints in a cell."""
        return self._by_key.get(board.key(row, column))

    def is_printed(self, board: BoardSpec, row: RowSpec) -> bool:
        """Whether the paper prints anything in a row."""
        return any(self.printed(board, row, column) is not None for column in board.columns)

    def make(self, board: BoardSpec, row: RowSpec, spec: ColumnSpec, column: Column, runs: Runs) -> DraftCell:
        """The cell of a row in a column, with the texts of its footnotes."""
        number = self.printed(board, row, spec)
        notes: list[str] = []
        reported = None
        if number is not None:
            also = [other for other in self._same[number.key] if other.key != number.key]
            reported = _reported(number, also)
            shown = [fact.fact for fact in board.facts]
            notes = about_reported(replace(number, note=without_facts(number.note, shown)), also)
        protocol = row.protocol(spec)
        cell = Cell(column=column.id, protocol=protocol, reported=reported)
        if protocol != column.protocol and number is not None:
            notes.append(f"Follows {protocol}, not the {column.protocol} of its column.")
        if self._store is None:
            return DraftCell(cell, tuple(notes))
        dataset = row.about(spec)
        if column.metric in COUNTS:
            return self._counted(cell, number, dataset, column, notes)
        stored = self.runs_of(row, dataset)
        found = prefer(_observed(stored, protocol, column.metric), board.split_set, board.selection)
        if found:
            return self._measured(board, cell, number, found, column, runs, notes)
        near = row.proxy if row.proxy is not None and spec.id in row.proxy.columns else None
        if near is not None and (
            found := prefer(_observed(self.runs_of(row, near.dataset), near.protocol, column.metric))
        ):
            cell = replace(cell, protocol=near.protocol)
            return self._measured(board, cell, number, found, column, runs, notes, near)
        if number is None:
            return DraftCell(cell, tuple(notes))
        verdict = self._not_run(row, stored, dataset, protocol, column.metric)
        return DraftCell(replace(cell, verdict=verdict), (*notes, *_why_not(verdict)))

    def runs_of(self, row: RowSpec, dataset: str) -> tuple[StoredRecord, ...]:
        """Complete runs of the row's model and variant on a dataset.

        A run with a spoilt input is no row of a paper; it stands on the standing boards.
        """
        key = (row.model, row.variant, dataset)
        if key not in self._records and self._store is not None:
            found = (
                self._store.query(model=row.model, dataset=dataset, status="complete") if row.model else ()
            )
            self._records[key] = tuple(
                one
                for one in found
                if self._catalog.is_variant(row.model, row.variant, one.record.model.variant)
                and not one.record.model.ablated
            )
        return self._records.get(key, ())

    def no_run(self, row: RowSpec) -> str:
        """Why nobody could run the row's method, in words; empty if somebody could, or did."""
        known = bool(self._store is not None and row.model and self._store.query(model=row.model))
        return row.cannot_run or ("" if known or not row.model else self._catalog.cannot_run(row.model))

    def _measured(
        self,
        board: BoardSpec,
        cell: Cell,
        number: ReportedNumber | None,
        found: Sequence[Candidate],
        column: Column,
        runs: Runs,
        notes: list[str],
        near: ProxySpec | None = None,
    ) -> DraftCell:
        shown = found[0]
        condition, scale = shown.condition, shown.first.score.scale
        measured = measure(shown)
        is_cost = column.metric in COSTS
        if near is not None:
            notes.append(f"Measured on {near.dataset} under {near.protocol} instead.")
        notes += about_cost(shown, measured, column.metric) if is_cost else about_measured(shown, measured)
        notes += [] if is_cost else other_versions(shown.first.score, self._catalog)
        notes += about_others(shown, found[1:])
        verdict, delta = None, None
        judged = number is not None and not is_cost
        if judged and (why := bar(condition)):
            notes.append(f"No difference and no verdict: {why}.")
        elif number is not None and judged:
            other = board.split_set and condition.split_set != board.split_set
            if near is not None:
                verdict = Verdict(judgement=Judgement.NOT_COMPARABLE, reason=near.reason)
                delta = difference(number, measured, scale)
            else:
                verdict, delta = judge(
                    number,
                    measured,
                    protocol=cell.protocol,
                    scale=scale,
                    metric=self._catalog.metric(column.metric),
                    other_split=f"measured on split set {condition.split_set}" if other else "",
                )
            notes += [f"Not comparable: {verdict.reason}."] * bool(verdict.reason)
        return DraftCell(
            replace(
                cell,
                measured=in_scale(measured, scale, column.scale),
                condition=condition,
                verdict=verdict,
                delta=delta,
                runs=tuple(runs.add(observation.stored) for observation in shown.observations),
            ),
            tuple(notes),
        )

    def _counted(
        self, cell: Cell, number: ReportedNumber | None, dataset: str, column: Column, notes: list[str]
    ) -> DraftCell:
        """A cell of what a dataset holds, from its saved statistics."""
        found = counted(self._statistics, dataset, column.metric)
        if found is None:
            if number is None:
                return DraftCell(cell, tuple(notes))
            gone = self._catalog.no_dataset(dataset)
            why = "" if gone else "count it with `vsumbench info DATASET --statistics --save RUNS`"
            none = Verdict(judgement=Judgement.CANNOT_RUN if gone else Judgement.NOT_RUN, reason=why)
            return DraftCell(replace(cell, verdict=none), (*notes, *_why_not(none)))
        measured, condition = found.measured, found.condition
        notes.append(found.note)
        notes += [f"Undefined: {measured.reason}."] * (measured.value is None)
        verdict, delta = None, None
        if number is not None and (why := bar(condition)):
            notes.append(f"No difference and no verdict: {why}.")
        elif number is not None:
            verdict, delta = judge(
                number, measured, protocol=number.protocol, scale=COUNTS[column.metric].scale, metric=None
            )
        return DraftCell(
            replace(cell, measured=measured, condition=condition, verdict=verdict, delta=delta), tuple(notes)
        )

    def _not_run(
        self, row: RowSpec, stored: Sequence[StoredRecord], dataset: str, protocol: str, metric: str
    ) -> Verdict:
        """Why a cell has no value."""
        if why := row.cannot_run or ("" if stored else self.no_run(row)):
            return Verdict(judgement=Judgement.CANNOT_RUN, reason=why)
        if not stored and self._catalog.no_dataset(dataset):
            # The reason stands below the table, once.
            return Verdict(judgement=Judgement.CANNOT_RUN)
        others = {s.protocol for one in stored for s in one.record.scores if s.metric == metric} - {protocol}
        reason = f"there are runs under {', '.join(sorted(others))}, none under {protocol}" if others else ""
        return Verdict(judgement=Judgement.NOT_RUN, reason=reason)


def _observed(stored: Sequence[StoredRecord], protocol: str, metric: str) -> list[Candidate]:
    return (
        measured_costs(stored, metric) if metric in COSTS else candidates(observe(stored, protocol, metric))
    )


def _why_not(verdict: Verdict) -> list[str]:
    words = {Judgement.NOT_RUN: "Not run", Judgement.CANNOT_RUN: "Cannot run"}[verdict.judgement]
    return [f"{words}: {verdict.reason}."] * bool(verdict.reason)


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
