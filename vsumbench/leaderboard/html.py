"""A table as a page. It reads without scripts; with them it sorts, filters, compares and plots.

Everything that comes from plugins or records is text: the templates escape it, scripts put it into the page
as text alone, and an address is a link only if it is plain http.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from . import words
from .costs import NO_PROTOCOL
from .heat import matrices
from .page_data import as_script, board_data, row_keys
from .panel_tables import panel_tables
from .plots import charts
from .site_frame import environment
from .table import Column, Judgement, Table


@dataclass(frozen=True, kw_only=True)
class Around:
    """What stands around a board: addresses relative to it.

    Attributes:
        index: the page that lists all boards, or empty.
        protocols: (protocol, address) of the standing boards of one dataset and edition, this one included.
        runs: run folder → its page.
    """

    index: str = ""
    protocols: tuple[tuple[str, str], ...] = ()
    runs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """A run as the index lists it."""

    page: str
    title: str
    name: str
    dataset: str
    edition: str
    preset: str
    evidence: str
    value: str
    number: float | None
    metric: str


def render_html(table: Table, *, index: str = "", around: Around | None = None) -> str:
    """The page of one board. `index` is the relative address of the page that lists all, or empty."""
    around = around or Around(index=index)
    panels = panel_tables(table)
    drawn = charts(table)
    page = environment().get_template("board.html.jinja")
    return page.render(
        root="",
        table=table,
        around=around,
        keys=row_keys(table),
        data=board_data(table, around.runs),
        panels=panels,
        drawn=drawn,
        charts=as_script(drawn),
        matrices=matrices(table),
        grouped=any(column.group for column in table.columns),
        groups=_spans(table.columns, "group"),
        protocols=_protocols(table),
        bare=_bare(table),
        evidence=_in_use(table),
        modes=_modes(table),
        judged=table.count(Judgement.WITHIN) + table.count(Judgement.OUTSIDE) > 0,
        optimistic=any(row.optimistic for row in table.rows),
        references=any(row.reference for row in table.rows),
        ranked=any(cell.rank is not None for cell in table.cells),
        tied=any(words.tied(cell) for cell in table.cells),
        placed=any(cell.reported is not None and cell.reported.place for cell in table.cells),
        measured=any(cell.measured is not None for cell in table.cells),
        intervals=any(cell.measured and cell.measured.interval for cell in table.cells),
        url=table.url if table.url.startswith(("https://", "http://")) else "",
    )


def render_index(tables: Sequence[Table], runs: Sequence[RunLine] = ()) -> str:
    """The page that lists all boards, each on a page of its own beside it, and the runs behind them."""
    page = environment().get_template("index.html.jinja")
    return page.render(
        root="",
        papers=[table for table in tables if table.kind == "paper"],
        standing=_sets([table for table in tables if table.kind == "standing"]),
        runs=runs,
        empty=not tables,
    )


def _sets(tables: Sequence[Table]) -> list[tuple[str, list[tuple[Table, str]]]]:
    """Standing boards under what they are about: `SumMe (planted)`, with what is left of each title."""
    found: dict[str, list[tuple[Table, str]]] = {}
    for table in tables:
        about, colon, protocol = table.title.partition(": ")
        found.setdefault(about, []).append((table, protocol if colon else table.title))
    return list(found.items())


def _modes(table: Table) -> tuple[tuple[str, str], ...]:
    """What a cell can show: name and label; nothing to choose where there is but one kind of number."""
    if all(cell.measured is None for cell in table.cells) or table.kind == "standing":
        return ()
    return (("all", "All"), ("printed", "Printed"), ("measured", "Measured"), ("delta", "Difference"))


def _spans(columns: Sequence[Column], attribute: str) -> list[tuple[str, int]]:
    """Neighbouring columns with one value of an attribute: the value, and how many."""
    return [
        (name, len(list(run))) for name, run in groupby(columns, key=lambda c: str(getattr(c, attribute)))
    ]


def _protocols(table: Table) -> list[tuple[str, int]]:
    """The line of protocols, left out where none applies or the page is about one."""
    if table.kind != "paper" or all(column.protocol == NO_PROTOCOL for column in table.columns):
        return []
    return _spans(table.columns, "protocol")


def _bare(table: Table) -> set[str]:
    """Columns that hold printed numbers alone, or measured ones alone: they need no two places a cell."""
    measured = {cell.column for cell in table.cells if cell.measured is not None}
    return {column.id for column in table.columns if table.kind == "standing" or column.id not in measured}


def _in_use(table: Table) -> list[tuple[str, str]]:
    used = {cell.evidence for cell in table.cells}
    return [(level, meaning) for level, meaning in words.EVIDENCE.items() if level in used]
