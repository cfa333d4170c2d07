"""Tables in pages: each stands between two marks, and a script replaces what is between them."""

from __future__ import annotations

from pathlib import Path

END = "<!-- end of table -->"


def written_between(path: Path, lines: str, start: str, end: str) -> None:
    """Put lines between two marks of a page."""
    before, _, rest = path.read_text(encoding="utf-8").partition(start)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{start}\n\n{lines}\n\n{end}{after}", encoding="utf-8")


def replace_table(page: Path, text: str, script: str) -> None:
    """Put the table of a script (`benchmarks/NAME.py`) where the page has its mark.

    Raises:
        SystemExit: the page has no such mark.
    """
    mark = f"<!-- table: {script} -->"
    if mark not in page.read_text(encoding="utf-8"):
        raise SystemExit(f"{page} has no line {mark!r}: nothing was written.")
    written_between(page, text, mark, END)
