"""What stands below a table: figures' worth of numbers, typed. Renderers draw them or write them as tables.

Rows are named by their index in `Table.rows`; columns by their id. A panel that has nothing to show is not
made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["line", "radar", "bars"]
"""How a profile is drawn."""
Source = Literal["printed", "measured"]
"""Which numbers of the cells a panel is of."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line or polygon of a plot: a row, and its value on each axis; None where it has none."""

    row: int
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Rows drawn over several columns: the line, radar and bar figures of papers.

    Attributes:
        shape: how it is drawn.
        columns: ids of the columns that are its axes, in order.
        printed: lines of printed numbers, in the columns' scales.
        measured: lines of measured numbers, in the columns' scales.
        tops: the largest value of each axis over both, so that axes of different scales can share a plot.
    """

    title: str
    shape: Shape
    columns: tuple[str, ...]
    printed: tuple[Line, ...] = ()
    measured: tuple[Line, ...] = ()
    tops: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RowScores:
    """The scores of one row by video, in the order of `Distribution.videos`; None where undefined or absent.

    A row of several runs has each video's mean over them; a video of several folds its mean over folds.
    """

    row: int
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How the scores of a column spread over videos."""

    column: str
    videos: tuple[str, ...]
    rows: tuple[RowScores, ...]


@dataclass(frozen=True, kw_only=True)
class RankedRow:
    """A row and its mean rank over videos, 1 the best."""

    row: int
    mean_rank: float


@dataclass(frozen=True, kw_only=True)
class CriticalDifference:
    """Mean ranks over videos and which of them cannot be told apart (Demšar 2006, Friedman and Nemenyi).

    Attributes:
        videos: on how many videos all ranked rows have a score.
        difference: the critical difference of mean ranks at `alpha`.
        friedman_p: p of the Friedman test that all rows are alike.
        cliques: groups of rows that are not distinguishable, each a run of `rows` (indices into `rows`).
    """

    column: str
    videos: int
    rows: tuple[RankedRow, ...]
    difference: float
    friedman_p: float
    cliques: tuple[tuple[int, ...], ...] = ()
    alpha: float = 0.05


@dataclass(frozen=True, kw_only=True)
class ParetoPoint:
    """A row at its cost and quality; `front`: no other row is at most as costly and at least as good."""

    row: int
    cost: float
    quality: float
    front: bool


@dataclass(frozen=True, kw_only=True)
class Pareto:
    """Cost against quality. `cost_title` names the cost and its unit; `quality` is a column id."""

    cost_title: str
    quality: str
    points: tuple[ParetoPoint, ...]


@dataclass(frozen=True, kw_only=True)
class ProtocolValue:
    """A row's value and rank under one protocol; None where there is none."""

    row: int
    value: float | None
    rank: int | None


@dataclass(frozen=True, kw_only=True)
class ProtocolRow:
    """One way to count: a protocol, split set and selection rule, with every row's value under it.

    `tau` is Kendall's tau of its order of rows with that of the board; None for fewer than two rows.
    """

    protocol: str
    metric: str
    split_set: str
    selection: str
    values: tuple[ProtocolValue, ...]
    tau: float | None = None


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """The same runs under every protocol, split set and selection rule there is a score for."""

    ways: tuple[ProtocolRow, ...]


@dataclass(frozen=True, kw_only=True)
class MetricPair:
    """Kendall's tau-b and Spearman's rho between two columns, over the rows that have both."""

    first: str
    second: str
    kendall: float | None
    spearman: float | None
    rows: int
    source: Source


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Do metrics put rows in the same order?"""

    pairs: tuple[MetricPair, ...]


@dataclass(frozen=True, kw_only=True)
class Detectable:
    """What difference this test set can tell: two-sided paired test, at `alpha`, with `power`.

    Attributes:
        deviation: standard deviation of paired differences by video, the median over pairs of ranked rows.
        difference: the smallest true difference found with this power, in the column's scale.
    """

    column: str
    videos: int
    deviation: float
    difference: float
    alpha: float = 0.05
    power: float = 0.8


@dataclass(frozen=True, kw_only=True)
class Power:
    """What each column can tell."""

    columns: tuple[Detectable, ...]


@dataclass(frozen=True, kw_only=True)
class Panels:
    """Everything below a table."""

    profiles: tuple[Profile, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    critical_differences: tuple[CriticalDifference, ...] = ()
    paretos: tuple[Pareto, ...] = ()
    sensitivity: Sensitivity | None = None
    agreement: Agreement | None = None
    power: Power | None = None
