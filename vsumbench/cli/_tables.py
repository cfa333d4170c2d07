"""Tables for people: rich on a terminal, plain aligned text elsewhere, where rich is not imported."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click


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
    """Print `label  value` lines, aligned; facts without a value are left out."""
    lines = [(label, printable(value)) for label, value in facts if value]
    width = max((len(label) for label, _ in lines), default=0)
    for label, value in lines:
        click.echo(f"{label.ljust(width)}  {value}")


def printable(text: str) -> str:
    """On one line, without control characters: a plugin's words must not move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)
