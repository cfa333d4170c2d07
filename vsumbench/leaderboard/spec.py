"""Board specs: what a `boards/*.yaml` says, typed. Reading one is in `specfile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vsumbench.contracts.leaderboard import LeaderboardSpec

from .panels import Shape
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
        dataset: empty where each row names its own.
        ours: the paper prints no such column, and none is missed.
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
    ours: bool = False


@dataclass(frozen=True, kw_only=True)
class FactSpec:
    """A column of words: a check mark, a domain. It stands after the numbers and ranks nothing.

    Attributes:
        fact: the key whose value stands there: of a row's `facts`, else of the `key=value` parts of the
            notes in `reported.csv`.
    """

    title: str
    fact: str


@dataclass(frozen=True, kw_only=True)
class ProxySpec:
    """What is shown of a reference row that nothing was measured of: something near it, and why only near.

    Attributes:
        columns: ids of the columns it is shown in.
        dataset, protocol: where it is measured.
        reason: why it is not the printed number's counterpart, in words.
    """

    columns: tuple[str, ...]
    dataset: str
    protocol: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProfileSpec:
    """A figure drawn from the board's columns: its shape and the ids of its axes, in order."""

    shape: Shape
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RowSpec:
    """A row: a method, and the paper's row it stands for; or a dataset, where it names no model.

    Attributes:
        reported: the row as it stands in `reported.csv`; the title when empty.
        model, variant: canonical name; written `model@variant`.
        protocols: dataset or column id → the protocol this row's number follows instead of the column's.
        reference: a reference row.
        cannot_run: why nobody could run it, or empty.
        dataset: what the row is about, in a board whose columns name none.
        facts: words that the paper prints of it, by key (`FactSpec`).
        ours: the paper prints no such row, and none is missed.
        proxy: what to show where nothing was measured of it; on reference rows alone.
    """

    title: str
    model: str
    variant: str = ""
    reported: str = ""
    protocols: Mapping[str, str] = field(default_factory=dict)
    reference: bool = False
    cannot_run: str = ""
    dataset: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False
    proxy: ProxySpec | None = None

    def protocol(self, column: ColumnSpec) -> str:
        """The protocol of this row's number in a column."""
        about = self.about(column)
        return self.protocols.get(column.id) or self.protocols.get(about) or column.protocol

    def about(self, column: ColumnSpec) -> str:
        """The dataset of this row's number in a column."""
        return column.dataset or self.dataset


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
    """A table of a paper, or a figure.

    Attributes:
        leaderboard: whose reported numbers it shows.
        table: the number of the paper's table that holds them.
        split_set, selection: what measured runs should have used; empty for no preference.
        label: what it is in the paper, `Figure 2`; `Table` and the number where nothing else is said.
        profile: draws the rows over several columns.
        facts: columns of words.
        kind: `numbers`; or `view`: a figure of single videos, without numbers, whose rows are the methods it
            shows.
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
    label: str = ""
    profile: ProfileSpec | None = None
    facts: tuple[FactSpec, ...] = ()
    kind: Literal["numbers", "view"] = "numbers"

    @property
    def rows(self) -> tuple[RowSpec, ...]:
        """All rows, in order."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def is_table(self) -> bool:
        """Whether it stands for the table itself, not for a figure drawn from its numbers."""
        return self.kind == "numbers" and self.label in ("", f"Table {self.table}")

    def key(self, row: RowSpec, column: ColumnSpec) -> str:
        """The key of the number that stands in a cell, where the paper prints one."""
        parts = (self.leaderboard.id, self.table, row.reported or row.title, row.about(column), column.metric)
        return ":".join(parts)
