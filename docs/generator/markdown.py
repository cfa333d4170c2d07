"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by docs/generate.py. Do not edit: change the code and run it again. -->"


def document(title: str, *parts: str) -> str:
    """A whole page: heading, note, parts with a blank line between them."""
    kept = [part.strip("\n") for part in parts if part.strip()]
    return "\n\n".join([f"# {title}", NOTE, *kept]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, or the empty string where there are no rows."""
    lines = [f"| {' | '.join(cell(text) for text in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |", *lines])


def cell(text: str) -> str:
    """Text of one cell: on one line, with its bars kept from ending the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """A code span."""
    fence = "``" if "`" in str(text) else "`"
    return f"{fence}{text}{fence}"


def codes(values: Iterable[object], none: str = "–") -> str:
    """Code spans joined by commas."""
    return ", ".join(code(value) for value in values) or none


def plain(text: str) -> str:
    """Words that Markdown shows as they are: no emphasis, no tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*")


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of `name: text`, without the pairs that have no text."""
    return "\n".join(f"- {name}: {' '.join(text.split())}" for name, text in pairs if text)


def numbered(lines: Iterable[str]) -> str:
    """A numbered list."""
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
