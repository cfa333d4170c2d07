"""Board specs: what a `boards/*.yaml` says, typed. Reading one is in `specfile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vsumbench.contracts.leaderboard import LeaderboardSpec

from .table import Direction


@dataclass(frozen=True, kw_only=True)
class ColumnSpec:
    """A column: which number stands in it and how it is written.

    Attributes:
        id: unique in the board.
        group: heading over neighbouring columns.
        scale: scale to show measured values in; the printed one, else the metric's, when empty.
        decimals: digits after the point of measured values; the printed ones' most when None.
        direction: whether more is better; the metric's when None.
    """

    id: str
    title: str
    dataset: str
    protocol: str
    metric: str
    group: str = ""
    scale: str = ""
    decimals: int | None = None
    direction: Direction | None = None


@dataclass(frozen=True, kw_only=True)
class RowSpec:
    """A row: a method, and the paper's row it stands for.

    Attributes:
        reported: the row as it stands in `reported.csv`; the title when empty.
        model, variant: canonical name; written `model@variant`.
        protocols: dataset or column id → the protocol this row's number follows instead of the column's.
        reference: a reference row.
        cannot_run: why nobody could run it, or empty.
    """

    title: str
    model: str
    variant: str = ""
    reported: str = ""
    protocols: Mapping[str, str] = field(default_factory=dict)
    reference: bool = False
    cannot_run: str = ""

    def protocol(self, column: ColumnSpec) -> str:
        """The protocol of this row's number in a column."""
        return self.protocols.get(column.id) or self.protocols.get(column.dataset) or column.protocol


@dataclass(frozen=True, kw_only=True)
class GroupSpec:
    """Rows under one heading."""

    title: str
    rows: tuple[RowSpec, ...]


@dataclass(frozen=True, kw_only=True)
class NoteSpec:
    """A footnote on columns, on rows, on the cells where both meet, or on the table."""

    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BoardSpec:
    """A table of a paper.

    Attributes:
        leaderboard: whose reported numbers it shows.
        table: the paper's table number.
        split_set, selection: what measured runs should have used; empty for no preference.
    """

    id: str
    title: str
    caption: str
    leaderboard: LeaderboardSpec
    table: str
    columns: tuple[ColumnSpec, ...]
    groups: tuple[GroupSpec, ...]
    split_set: str = ""
    selection: str = ""
    notes: tuple[NoteSpec, ...] = ()
