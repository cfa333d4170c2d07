"""A table as Markdown: printed beside measured in one cell, footnotes below. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .panel_tables import PlainTable, panel_tables
from .table import Cell, Column, ExtraColumn, Judgement, Row, Table
from .words import (
    ARROWS,
    DAGGER,
    MAKING,
    TIED,
    arrow,
    delta_text,
    extra_source,
    extra_text,
    interval_text,
    measured_text,
    row_heading,
    row_title,
    spread_text,
    subtitle,
    summary,
    tied,
    verdict_text,
)

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_START = re.compile(r"^(\d*)([-+#=.)])")
_PLAIN = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")
_PLACES = {0: ("", ""), 1: ("**", "**"), 2: ("<u>", "</u>")}
"""What stands around the best printed value of a column, and around the second best."""
_TIED_MARK = "≈"
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no end of a table cell or line."""
    return _START.sub(r"\1\\\2", _inside(text))


def _inside(text: str) -> str:
    """The same for text that does not begin a line, where nothing is a heading or a list."""
    return _SPECIAL.sub(r"\\\1", _PLAIN.sub(" ", text).strip()).translate(_HTML)


def render_markdown(table: Table, *, index: str = "") -> str:
    """The page of one board. `index` is the address of the page that lists all, or empty."""
    lines = [f"# {escape(table.title)}", ""]
    if table.label:
        lines += [f"{escape(table.label)} of the paper.", ""]
    if table.banner:
        lines += [f"> **{escape(table.banner)}**", ""]
    lines += [escape(table.caption), ""]
    if table.source:
        lines += [f"Source: {escape(table.source)}", ""]
    lines += [*_table(table), ""]
    legend = _legend(table)
    lines += [legend, ""] * bool(legend)
    for remark in table.remarks:
        lines += [escape(remark), ""]
    lines += [f"{number}. {escape(note)}" for number, note in enumerate(table.notes, 1)]
    lines += [""] * bool(table.notes)
    for panel in panel_tables(table):
        lines += _panel(panel)
    if table.making:
        lines += [f"## {MAKING}", "", *(f"- {escape(one.footnote())}" for one in table.making), ""]
    if table.runs:
        lines += ["## Runs", ""]
        lines += [
            f"{i}. {_code(run.folder)}, seed {run.seed}, predictions {_code(run.digest[:12])}: "
            f"{_code(run.command)}"
            for i, run in enumerate(table.runs, 1)
        ]
        lines.append("")
    if index:
        lines += [f"[All boards]({index})", ""]
    return "\n".join(lines)


def render_index(tables: Sequence[Table], *, suffix: str = ".md") -> str:
    """The page that lists all boards."""
    lines = ["# Leaderboards", ""]
    for kind, heading in (("paper", "Tables of papers"), ("standing", "Standing boards")):
        chosen = [table for table in tables if table.kind == kind]
        if chosen:
            lines += [f"## {heading}", ""]
            lines += [
                f"- [{escape(_name(table))}]({table.id}{suffix}): {escape(summary(table))}"
                for table in chosen
            ]
            lines.append("")
    if not tables:
        lines += ["There is nothing to show yet.", ""]
    return "\n".join(lines)


def _name(table: Table) -> str:
    return f"{table.title} ({table.source})" if table.source else table.title


def _table(table: Table) -> list[str]:
    extra = table.extra_columns
    heads = [*(_head(column) for column in table.columns), *(_extra_head(column) for column in extra)]
    lines = [_line([row_heading(table), *heads]), _line(["---", *("---:" for _ in heads)])]
    for group in table.groups:
        if group.title:
            lines.append(_line([f"**{escape(group.title)}**", *("" for _ in heads)]))
        lines += [_line([_row_head(row, table), *_cells(row, table)]) for row in group.rows]
    return lines


def _panel(panel: PlainTable) -> list[str]:
    return [
        *(f"## {escape(panel.title)}", "", escape(panel.about), ""),
        *(_line([_inside(head) for head in panel.heads]), _line(["---", *("---:" for _ in panel.heads[1:])])),
        *(_line([_inside(text) for text in row]) for row in panel.rows),
        "",
    ]


def _head(column: Column) -> str:
    title = f"{column.group} {column.title}".strip()
    return f"{escape(title)} {arrow(column)}".rstrip() + _marks(column.notes)


def _extra_head(column: ExtraColumn) -> str:
    return f"{escape(column.title)} {ARROWS.get(column.direction, '')}".rstrip()


def _row_head(row: Row, table: Table) -> str:
    parts = [escape(row_title(row))]
    name = subtitle(row, table)
    parts += [_code(name)] if name else []
    words = (
        [row.dataset] * bool(row.dataset)
        + ["reference row"] * row.reference
        + list(row.flags)
        + [row.status] * bool(row.status)
    )
    parts += [f"({escape(', '.join(words))})"] if words else []
    return " ".join(parts) + _marks(row.notes)


def _cells(row: Row, table: Table) -> list[str]:
    paper = table.kind == "paper"
    measured = [
        _cell(cell, column, row, paper) for cell, column in zip(row.cells, table.columns, strict=True)
    ]
    extra = zip(row.extras, table.extra_columns, strict=True)
    return measured + [
        escape(cell.value) if isinstance(cell.value, str) else extra_text(cell, column)
        for cell, column in extra
    ]


def _cell(cell: Cell, column: Column, row: Row, in_paper: bool) -> str:
    parts = []
    if cell.reported is not None:
        before, after = _PLACES[cell.reported.place or 0]
        parts.append(f"{before}{cell.reported.text}{after}")
    value = measured_text(cell, column)
    if value:
        mark = "*" * in_paper + "**" * (cell.rank == 1)
        beside = [text for text in (spread_text(cell, column), _inside(interval_text(cell, column))) if text]
        parts.append(" ".join([f"{mark}{value}{mark}", *beside]))
    about = [delta_text(cell, column)]
    if cell.verdict is not None and str(cell.verdict.judgement) != row.status:
        about.append(verdict_text(cell.verdict))
    about += [cell.evidence or ""] + ([f"#{cell.rank}"] if cell.rank is not None else [])
    about += [_TIED_MARK] * tied(cell)
    words = ", ".join(word for word in about if word)
    text = " / ".join(parts) + f" ({words})" * bool(words)
    return text + _marks(cell.notes) if text else ""


def _legend(table: Table) -> str:
    if not table.columns:
        return ""
    if table.reported_only:
        return "Numbers as printed."
    words = []
    if table.kind == "paper":
        words.append(
            "Cells: as printed / *measured here* ± standard deviation (difference, verdict, evidence)."
        )
        if table.count(Judgement.WITHIN) + table.count(Judgement.OUTSIDE):
            words.append(
                "Within: no further apart than the larger of metric tolerance and half a printed digit."
            )
    else:
        words.append("Cells: measured ± standard deviation (evidence, rank); the best in bold.")
        words += [escape(source)] if (source := extra_source(table)) else []
    if any(cell.measured is not None and cell.measured.interval is not None for cell in table.cells):
        words.append("In brackets: 95 % interval over videos.")
    if any(map(tied, table.cells)):
        words.append(f"{_TIED_MARK} {TIED.capitalize()}.")
    if any(row.optimistic for row in table.rows):
        words.append(f"{DAGGER} The checkpoint was chosen on the test fold: optimistic, not ranked.")
    return " ".join(words)


def _marks(notes: Sequence[int]) -> str:
    return f" <sup>{','.join(str(note) for note in notes)}</sup>" if notes else ""


def _code(text: str) -> str:
    """Inline code. HTML cannot start in it; what could end it or the table cell is replaced."""
    plain = _PLAIN.sub(" ", text).replace("`", "'").replace("|", "¦")
    return f"`{plain}`" if plain.strip() else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
