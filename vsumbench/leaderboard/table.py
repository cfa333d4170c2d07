"""The one table model: a board is built into a `Table` of typed cells, and renderers read nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from vsumbench.explanation import Explanation
from vsumbench.records.record import ABLATED_INPUTS

from .panels import Panels

Direction = Literal["higher", "lower"]
Evidence = Literal["planted", "sample", "full"]
ExtraValue = float | str | None


class Judgement(StrEnum):
    """What can be said of a measured value beside a printed one."""

    WITHIN = "within"
    OUTSIDE = "outside"
    NOT_COMPARABLE = "not comparable"
    NOT_RUN = "not run"
    CANNOT_RUN = "cannot run"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A judgement; the reason where it needs one; the tolerance, in the printed scale, if it was used."""

    judgement: Judgement
    reason: str = ""
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the paper printed: text and value, the source, other cells with the same measurement.

    `place` is 1 for the best printed value of its column, 2 for the second best, else None; ties share one.
    Reference rows have none. Renderers write the first in bold and underline the second.
    """

    text: str
    value: float
    scale: str
    source: str
    protocol: str
    also_in: tuple[str, ...] = ()
    quoted_from: str = ""
    note: str = ""
    place: Literal[1, 2] | None = None


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A 95 % bootstrap interval over `videos` videos (fold-aware; see `statistics`)."""

    low: float
    high: float
    videos: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A row against the best ranked row of its column, video by video.

    Attributes:
        best: this is the best row; nothing else is given then.
        difference: this row minus the best, in the column's scale, on the videos both have scores for.
        interval: of the difference.
        p: two-sided, of the paired permutation test; None where it was not made, with the reason.
        p_adjusted: after Holm's correction over the rows compared in this column.
        distinguishable: p_adjusted is below 0.05.
    """

    best: bool = False
    difference: float | None = None
    interval: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None
    videos: int = 0
    distinguishable: bool | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OverRandom:
    """Performance over random: a percentage of the value that the random row reaches (Apostolidis 2020).

    None with a reason where the random row's value is no positive number to divide by, as of correlations.
    """

    percent: float | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured here, in the column's scale.

    Attributes:
        value: the value, a mean where there are several runs; None where it is undefined, with the reason.
        spread: sample standard deviation over `spread_over`; None where there are fewer than two values.
        values: the single values the spread is of, in the order of runs or folds; None where undefined.
        items: videos that entered, of one run.
        undefined_prediction, undefined_reference: as in the record, summed over runs.
        interval: of the value, where its scores by video are at hand.
        over_random: where a random row stands beside it under the same condition.
    """

    value: float | None
    reason: str = ""
    spread: float | None = None
    spread_over: Literal["", "folds", "runs"] = ""
    values: tuple[float | None, ...] = ()
    items: int = 0
    undefined_prediction: int = 0
    undefined_reference: int = 0
    interval: Interval | None = None
    over_random: OverRandom | None = None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Under what a value was measured: with dataset, protocol and metric, what a rank must share."""

    edition: str
    edition_version: str
    preset: str | None
    split_set: str
    selection: str
    evidence: Evidence
    trained: bool
    evaluated: int
    official: int
    set_by_hand: tuple[str, ...] = ()
    ablated: str = ""

    @property
    def on_real_data(self) -> bool:
        """Measured on complete real data: only then is a value set against print.

        `annotations` counts: it is the full edition without features, and whatever ran there read none.
        """
        return self.edition in ("full", "annotations")

    @property
    def as_published(self) -> bool:
        """The method as its paper describes it: no option changed, its input as it is; one without presets
        has a single form."""
        return self.preset in (None, "paper") and not self.set_by_hand and not self.ablated

    @property
    def form(self) -> str:
        """The preset, the options changed by hand and a spoilt input, in words; empty for a single form left
        as it is."""
        parts = [f"preset {self.preset}"] if self.preset is not None else []
        parts += [f"own {name}" for name in self.set_by_hand]
        return ", ".join([*parts, *([self.input] if self.ablated else [])])

    @property
    def input(self) -> str:
        """`input: shuffled pairs`, or empty where the input is as it is."""
        return f"input: {ABLATED_INPUTS.get(self.ablated, self.ablated)}" if self.ablated else ""

    @property
    def optimistic(self) -> bool:
        """The checkpoint was chosen on the test fold."""
        return self.trained and self.selection == "best-test-epoch"

    @property
    def flags(self) -> tuple[str, ...]:
        """What every table must print beside the row: anything other than `full` and `paper`."""
        found = [f"edition {self.edition}"] if self.edition != "full" else []
        found += [self.form] if not self.as_published else []
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class RunLink:
    """A run behind a cell. `folder` is relative to the folder of runs."""

    run: str
    folder: str
    command: str
    seed: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell.

    Attributes:
        protocol: the protocol of the measured value, which a reference row may change.
        delta: measured minus reported, in the printed scale; None where they must not be compared.
        verdict: None where there is nothing to judge, or no verdict may be given (the notes say why).
        rank: place among the rows it may be compared with, from 1; None where it has none.
        comparison: against the best ranked row; None where the cell has no rank.
        runs: indices into `Table.runs`.
        notes: numbers of footnotes, from 1, into `Table.notes`.
    """

    column: str
    protocol: str = ""
    reported: Reported | None = None
    measured: Measured | None = None
    condition: Condition | None = None
    delta: float | None = None
    verdict: Verdict | None = None
    rank: int | None = None
    comparison: Comparison | None = None
    runs: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()

    @property
    def evidence(self) -> Evidence | None:
        """The evidence level of the measured value."""
        return None if self.condition is None else self.condition.evidence


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `scale` is the scale values are shown in; `decimals` how many are shown."""

    id: str
    title: str
    dataset: str
    protocol: str
    metric: str
    group: str = ""
    direction: Direction = "higher"
    scale: str = ""
    decimals: int = 3
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExtraColumn:
    """A column a hook plugin added; `plugin` says which. It ranks nothing: `direction` is an arrow alone.

    `printed` columns come from no plugin: they hold words of a paper's table.
    """

    id: str
    title: str
    direction: Literal["none", "higher", "lower"] = "none"
    digits: int = 2
    plugin: str = ""
    printed: bool = False


@dataclass(frozen=True, kw_only=True)
class ExtraCell:
    """A cell of such a column: a finite number, a text of one line, or None for an empty cell."""

    column: str
    value: ExtraValue = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row; `cells` stand in the order of the table's columns, `extras` in that of its extra columns.

    Attributes:
        title: as printed, or the method's title.
        reference: it saw annotations of the test videos, or is a floor that looks at nothing.
        optimistic: a checkpoint was chosen on the test fold: a dagger, and no rank.
        flags: what sets its values apart: edition, preset, what else differs.
        status: the judgement its cells share where none has a value (`not run`, `cannot run`), else empty.
        dataset: of a row that is about one, where the columns are about none.
    """

    title: str
    model: str
    variant: str = ""
    reference: bool = False
    optimistic: bool = False
    flags: tuple[str, ...] = ()
    status: str = ""
    notes: tuple[int, ...] = ()
    cells: tuple[Cell, ...] = ()
    extras: tuple[ExtraCell, ...] = ()
    dataset: str = ""


@dataclass(frozen=True, kw_only=True)
class RowGroup:
    """Rows under one heading; the heading may be empty."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A board, built.

    Attributes:
        kind: `paper` (a published table beside ours) or `standing` (whatever was measured).
        source: the paper's citation in words, or empty; `url` its address, or empty.
        banner: one line that must stand above the numbers, or empty.
        remarks: what holds for the whole table, in sentences.
        notes: footnotes, in order of their numbers.
        reported_only: nothing measured was looked for.
        making: how the numbers are made, each protocol and metric that is known here; empty where nothing
            measured was looked for.
        extra_columns: columns that plugins added, after the measured ones; only standing boards have any.
        label: `Table 1` or `Figure 2` of the paper, or empty.
        panels: what stands below the table.
        dataset, edition: of a standing board, else empty.
    """

    id: str
    title: str
    caption: str
    kind: Literal["paper", "standing"]
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    runs: tuple[RunLink, ...] = ()
    source: str = ""
    url: str = ""
    banner: str = ""
    reported_only: bool = False
    making: tuple[Explanation, ...] = ()
    extra_columns: tuple[ExtraColumn, ...] = ()
    label: str = ""
    panels: Panels = Panels()
    dataset: str = ""
    edition: str = ""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in order."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, row by row."""
        return tuple(cell for row in self.rows for cell in row.cells)

    def count(self, judgement: Judgement) -> int:
        """How many cells have this judgement."""
        return sum(cell.verdict is not None and cell.verdict.judgement is judgement for cell in self.cells)
