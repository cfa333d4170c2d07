"""Tables for people: rich on a terminal, plain aligned text elsewhere, where rich is not imported."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

import click

_NARROWEST = 30
"""Columns below which folded text would read worse than what a terminal breaks by itself."""


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Print rows of text under headings. Nothing a cell holds is read as markup."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(headings, cells, title)
        return
    if title:
        click.echo(f"\n{title}")
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for line in (headings, *cells):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _print_rich(headings: Sequence[str], cells: list[list[str]], title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print `label  value` lines, aligned and on a terminal folded; facts without a value are left out."""
    lines = [(label, printable(value)) for label, value in facts if value]
    width = max((len(label) for label, _ in lines), default=0)
    for label, value in lines:
        click.echo(folded(f"{label.ljust(width)}  {value}"))


def folded(line: str, width: int | None = None) -> str:
    """A labelled or numbered line, its text folded under where it starts; as it is where it fits.

    Args:
        width: columns; those of the terminal when None, and no folding where there is none.
    """
    if width is None:
        if not sys.stdout.isatty():
            return line
        width = shutil.get_terminal_size().columns
    start = re.match(r" *(\d+\. |\S.*?  +)?", line)
    indent = start.end() if start else 0
    if width - indent < _NARROWEST:
        return line
    lines = textwrap.wrap(
        line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines)


def printable(text: str) -> str:
    """On one line, without control characters: a plugin's words must not move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)
