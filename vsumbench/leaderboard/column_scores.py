"""One column of a table with the scores by video behind its cells, in the column's scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vsumbench.errors import VsumbenchError
from vsumbench.store.records import StoredRecord

from .catalog import Catalog
from .costs import COSTS
from .per_video import NONE, PerVideo, ScoreReader
from .statistics.layout import Floats
from .statistics.totals import ValueOf
from .table import Cell, Column, Table
from .verdict import convert


@dataclass(frozen=True, eq=False)
class ColumnScores:
    """What the statistics of one column are made from.

    Attributes:
        index: place of the column in the table.
        cells: its cells, row by row.
        references: whether a row is a reference row.
        datasets: what each row is about, where the column is about no one dataset; else empty texts.
        found: row → scores by video, in the column's scale.
        missing: row → why there are none; rows without a measured value are in neither.
        records: row → the runs behind its cell.
    """

    index: int
    column: Column
    cells: tuple[Cell, ...]
    references: tuple[bool, ...]
    datasets: tuple[str, ...]
    found: Mapping[int, PerVideo]
    missing: Mapping[int, str]
    records: Mapping[int, tuple[StoredRecord, ...]]

    @property
    def rankings(self) -> list[list[int]]:
        """Rows with a rank, best first; ties in the order of the table. One ranking a dataset."""
        ranks = {row: cell.rank for row, cell in enumerate(self.cells) if cell.rank is not None}
        order = sorted(ranks, key=lambda row: (ranks[row], row))
        return [
            [row for row in order if self.datasets[row] == dataset]
            for dataset in dict.fromkeys(self.datasets[row] for row in sorted(ranks))
        ]

    @property
    def ranked(self) -> list[int]:
        """The longest of the rankings, the first of those; empty where nothing is ranked."""
        return max(self.rankings, key=len, default=[])

    @property
    def sign(self) -> float:
        """1 where more is better, else -1."""
        return 1.0 if self.column.direction == "higher" else -1.0

    def means(self, rows: Iterable[int]) -> list[int]:
        """Those of these rows whose number is a mean of scores by video."""
        return [row for row in rows if row in self.found and self.found[row].values is not None]

    def values(self, row: int) -> Floats:
        """(P,) the scores of such a row."""
        values = self.found[row].values
        assert values is not None
        return values


class Evidence:
    """The runs behind tables, and their scores by video.

    Args:
        stored: complete runs.
        runs: the folder they lie in.
        catalog: the installed plugins, for metrics of whole corpora.
    """

    def __init__(self, stored: Sequence[StoredRecord], runs: Path, catalog: Catalog) -> None:
        self.stored = tuple(stored)
        self.reader = ScoreReader(runs, resampling(catalog))
        self._by_folder = {one.folder: one for one in self.stored}

    def columns(self, table: Table) -> list[ColumnScores]:
        """Every column that is no cost, in order."""
        rows = table.rows
        return [
            self._column(table, index, column, tuple(row.cells[index] for row in rows))
            for index, column in enumerate(table.columns)
            if column.metric not in COSTS
        ]

    def _column(self, table: Table, index: int, column: Column, cells: tuple[Cell, ...]) -> ColumnScores:
        found: dict[int, PerVideo] = {}
        missing: dict[int, str] = {}
        records: dict[int, tuple[StoredRecord, ...]] = {}
        for row, cell in enumerate(cells):
            if cell.measured is None or cell.measured.value is None:
                continue
            folders = [table.runs[i].folder for i in cell.runs]
            runs = tuple(self._by_folder[folder] for folder in folders if folder in self._by_folder)
            whole = bool(runs) and len(runs) == len(folders)
            read = self.reader.together(runs, cell.protocol, column.metric) if whole else NONE
            if isinstance(read, str):
                missing[row] = read
            else:
                found[row] = _in_scale(read, runs[0], cell.protocol, column)
            records[row] = runs
        return ColumnScores(
            index=index,
            column=column,
            cells=cells,
            references=tuple(row.reference for row in table.rows),
            datasets=tuple(row.dataset for row in table.rows),
            found=found,
            missing=missing,
            records=records,
        )


def resampling(catalog: Catalog) -> Callable[[str], ValueOf | None]:
    """Finds the function that makes a corpus metric's value from summed statistics of items.

    It is `value_of(metric, totals)` in the module `resampling` of the package that implements the metric.
    """

    def find(name: str) -> ValueOf | None:
        spec = catalog.metric(name)
        if spec is None or catalog.plugins is None:
            return None
        package = spec.implementation.partition(":")[0].partition(".")[0]
        try:
            value_of = catalog.plugins.load(f"{package}.resampling:value_of", what=f"metric {name!r}")
        except VsumbenchError:
            return None
        return lambda totals: value_of(name, totals)

    return find


def _in_scale(scores: PerVideo, run: StoredRecord, protocol: str, column: Column) -> PerVideo:
    """The same in the column's scale, where there is a way to it; as `columns.in_scale` does."""
    own = next(s.scale for s in run.record.scores if (s.protocol, s.metric) == (protocol, column.metric))
    factor = convert(1.0, own, column.scale)
    if factor is None or factor == 1.0:
        return scores
    if scores.values is not None:
        return replace(scores, values=scores.values * factor)
    value_of = scores.value_of
    assert value_of is not None
    return replace(scores, value_of=lambda totals: factor * value_of(totals))
