"""A table as one self-contained page: no script, no network, dark or light, and in print.

Everything that comes from plugins or records is text: the templates escape it, and an address is a link only
if it is plain http.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from . import words
from .costs import NO_PROTOCOL
from .table import Column, Judgement, Table

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = "templates"


def render_html(table: Table, *, index: str = "") -> str:
    """The page of one board. `index` is the relative address of the page that lists all, or empty."""
    page = _environment().get_template("board.html.jinja")
    return page.render(
        table=table,
        index=index,
        grouped=any(column.group for column in table.columns),
        groups=_spans(table.columns, "group"),
        protocols=_protocols(table),
        bare=_bare(table),
        evidence=_in_use(table),
        judged=table.count(Judgement.WITHIN) + table.count(Judgement.OUTSIDE) > 0,
        optimistic=any(row.optimistic for row in table.rows),
        ranked=any(cell.rank is not None for cell in table.cells),
        url=table.url if table.url.startswith(("https://", "http://")) else "",
    )


def render_index(tables: Sequence[Table]) -> str:
    """The page that lists all boards, each on a page of its own beside it."""
    page = _environment().get_template("index.html.jinja")
    return page.render(
        parts=[
            ("Tables of papers", [table for table in tables if table.kind == "paper"]),
            ("Standing boards", [table for table in tables if table.kind == "standing"]),
        ],
        empty=not tables,
    )


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


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    folder = files(__package__).joinpath(_TEMPLATES)

    def read(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # The style sheet is a file of this package: the one text here that is not escaped.
    ours: dict[str, Any] = {"style": Markup(read("style.css")), "words": words}
    environment.globals.update(ours)
    return environment
