r"""A table as LaTeX, for `\input` into a paper. It needs `\usepackage{booktabs}` and nothing else.

Under a printed row stands what was measured here, where something was. All text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from .table import Cell, Column, Row, Table
from .words import ARROWS, DAGGER, DASH, arrow, extra_text, measured_text, row_heading, row_title, spread_text

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    # Letters and signs of our own tables that an engine without Unicode fonts does not know.
    "τ": r"$\tau$",
    "ρ": r"$\rho$",
    "±": r"$\pm$",
    "−": r"$-$",
    "–": "--",
    "†": r"\textdagger{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "…": r"\ldots{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "✓": r"$\surd$",
}
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_NOT_A_LABEL = re.compile(r"[^a-z0-9:.-]+")


def escape(text: str) -> str:
    """Text that LaTeX prints as it is, on one line."""
    return "".join(_ESCAPES.get(letter, letter) for letter in _CONTROL.sub(" ", text).strip())


def render_latex(table: Table) -> str:
    """A `table` environment: caption, tabular, and the footnotes under it in small print."""
    columns = len(table.columns) + len(table.extra_columns)
    lines = [
        f"% {' '.join(f'{table.title} ({table.id})'.split())}",
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(_caption(table))}}}",
        rf"\label{{tab:{_NOT_A_LABEL.sub('-', table.id.casefold())}}}",
        rf"\begin{{tabular}}{{l{'r' * columns}}}",
        r"\toprule",
        *_heads(table),
        r"\midrule",
    ]
    for number, group in enumerate(table.groups):
        lines += [r"\midrule"] * (number > 0)
        if group.title:
            lines.append(rf"\multicolumn{{{columns + 1}}}{{l}}{{\emph{{{escape(group.title)}}}}} \\")
        for row in group.rows:
            lines += _row(row, table)
    lines += [r"\bottomrule", r"\end{tabular}", *_below(table), r"\end{table}", ""]
    return "\n".join(lines)


def _caption(table: Table) -> str:
    return " ".join(part for part in (table.banner, table.caption) if part)


def _heads(table: Table) -> list[str]:
    lines = []
    if any(column.group for column in table.columns):
        spans = [(name, len(list(run))) for name, run in groupby(table.columns, key=lambda c: c.group)]
        cells = [
            rf"\multicolumn{{{n}}}{{c}}{{{escape(name)}}}" if name else " & " * (n - 1) for name, n in spans
        ]
        lines.append(f" & {' & '.join([*cells, *('' for _ in table.extra_columns)])} \\\\")
    titles = [escape(f"{c.title} {arrow(c)}".rstrip()) + _marks(c.notes) for c in table.columns]
    titles += [escape(f"{c.title} {ARROWS.get(c.direction, '')}".rstrip()) for c in table.extra_columns]
    lines.append(f"{' & '.join([row_heading(table), *titles])} \\\\")
    return lines


def _row(row: Row, table: Table) -> list[str]:
    """One line of what is printed, one of what was measured; only the one there is, where it is one."""
    words = [*(["reference row"] * row.reference), *row.flags]
    about = f", {row.dataset}" if row.dataset else ""
    name = escape(row_title(row) + about) + _marks(row.notes)
    flags = rf" {{\footnotesize({escape(', '.join(words))})}}" if words else ""
    extras = [escape(extra_text(c, e)) for c, e in zip(row.extras, table.extra_columns, strict=True)]
    pairs = list(zip(row.cells, table.columns, strict=True))
    lines = []
    if any(cell.reported for cell in row.cells) or not any(cell.measured for cell in row.cells):
        status = rf" {{\footnotesize {escape(row.status)}}}" if row.status else ""
        printed = [_printed(cell) + _marks(cell.notes) * (cell.measured is None) for cell in row.cells]
        lines.append([name + status, *printed, *extras])
    if any(cell.measured for cell in row.cells):
        measured = [
            _measured(cell, column) + _marks(cell.notes) * (cell.measured is not None)
            for cell, column in pairs
        ]
        head = rf"\quad measured here{flags}" if lines else name + flags
        lines.append([head, *measured, *([""] * len(extras) if lines else extras)])
    return [f"{' & '.join(cells)} \\\\" for cells in lines]


def _printed(cell: Cell) -> str:
    if cell.reported is None:
        return ""
    text = escape(cell.reported.text)
    style = {1: r"\textbf", 2: r"\underline"}.get(cell.reported.place or 0, "")
    return f"{style}{{{text}}}" if style else text


def _measured(cell: Cell, column: Column) -> str:
    value = measured_text(cell, column)
    if not value:
        return ""
    if value == DASH:
        return escape(value)
    text = escape(value)
    text = rf"\textbf{{{text}}}" if cell.rank == 1 else text
    spread = spread_text(cell, column)
    return f"{text} {escape(spread)}" if spread else text


def _below(table: Table) -> list[str]:
    """Legend, remarks and footnotes, a paragraph each."""
    texts = list(table.remarks)
    if any(cell.rank == 1 for cell in table.cells):
        texts.append("Bold among measured values: the best of those that may be compared.")
    if any(cell.measured is not None and cell.measured.spread is not None for cell in table.cells):
        texts.append("After the sign ±: sample standard deviation over runs, or folds of one run.")
    if any(row.optimistic for row in table.rows):
        texts.append(f"{DAGGER} The checkpoint was chosen on the test fold: optimistic, not ranked.")
    lines = [escape(text) for text in texts]
    lines += [rf"\textsuperscript{{{number}}} {escape(note)}" for number, note in enumerate(table.notes, 1)]
    if not lines:
        return []
    begin = [r"\par\smallskip", r"\begin{minipage}{\linewidth}\footnotesize"]
    return [*begin, *(rf"{line}\par" for line in lines), r"\end{minipage}"]


def _marks(notes: Sequence[int]) -> str:
    return rf"\textsuperscript{{{','.join(map(str, notes))}}}" if notes else ""
