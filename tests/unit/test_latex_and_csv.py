"""A table as LaTeX and as CSV: what stands where, and that no text becomes a command or a formula."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from vsumbench.leaderboard.csv_ import FIELDS, render_csv
from vsumbench.leaderboard.latex import escape, render_latex
from vsumbench.leaderboard.table import (
    Cell,
    Column,
    Comparison,
    Condition,
    ExtraCell,
    ExtraColumn,
    Interval,
    Judgement,
    Measured,
    OverRandom,
    Reported,
    Row,
    RowGroup,
    RunLink,
    Table,
    Verdict,
)

HOSTILE = r"\input{/etc/passwd} $x$ 50% #1 a_b {c} ~ ^ & \\ %"


def printed(text: str, place: int | None = None) -> Reported:
    return Reported(
        text=text,
        value=float(text),
        scale="correlation",
        source="paper Table 1",
        protocol="peruser-full",
        place=place,  # type: ignore[arg-type]
    )


def condition(edition: str = "full") -> Condition:
    return Condition(
        edition=edition,
        edition_version="1",
        preset="paper",
        split_set="canonical-nonoverlap",
        selection="inner-val",
        evidence="full",
        trained=True,
        evaluated=50,
        official=50,
    )


@pytest.fixture
def table() -> Table:
    columns = (
        Column(
            id="t",
            group="TVSum",
            title="Kendall τ",
            dataset="tvsum",
            protocol="p",
            metric="kendall",
            notes=(1,),
        ),
        Column(id="r", group="TVSum", title="Spearman ρ", dataset="tvsum", protocol="p", metric="spearman"),
    )
    measured = Measured(
        value=0.2061,
        spread=0.0031,
        spread_over="runs",
        values=(0.203, 0.2092),
        items=50,
        interval=Interval(low=0.19, high=0.22, videos=50),
        over_random=OverRandom(percent=None, reason="a correlation"),
    )
    best = Cell(
        column="t",
        protocol="p",
        reported=printed("0.205", 1),
        measured=measured,
        condition=condition(),
        delta=0.0011,
        verdict=Verdict(judgement=Judgement.OUTSIDE, tolerance=0.0005),
        rank=1,
        comparison=Comparison(best=True),
        runs=(0,),
        notes=(2,),
    )
    undefined = Cell(
        column="r",
        protocol="p",
        measured=Measured(value=None, reason="constant scores", items=50),
        condition=condition(),
        runs=(0,),
    )
    second = Cell(column="t", protocol="p", reported=printed("0.200", 2))
    third = Cell(column="r", protocol="p", reported=printed("-0.02"))
    rows = (
        Row(title="CSTA", model="csta", cells=(best, undefined), extras=(ExtraCell(column="e", value=1.5),)),
        Row(title=HOSTILE, model="=cmd()", cells=(second, third), extras=(ExtraCell(column="e"),)),
    )
    return Table(
        id="board",
        title="SumMe and TVSum",
        caption="Rank correlation & more.",
        kind="paper",
        columns=columns,
        groups=(RowGroup(title="Visual", rows=rows),),
        notes=("About a column.", "=About a cell."),
        runs=(RunLink(run="a", folder="runs-1", command="vsumbench run", seed=0, digest="d" * 64),),
        extra_columns=(ExtraColumn(id="e", title="Speed", direction="lower", digits=1),),
    )


def lines_of(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(table))))


def body(latex: str) -> list[list[str]]:
    r"""The cells of the lines between `\midrule` and `\bottomrule`."""
    inner = latex.split(r"\midrule", 1)[1].split(r"\bottomrule")[0]
    return [re.split(r"(?<!\\) & ", line.removesuffix(r" \\")) for line in inner.strip().splitlines()]


def test_measured_values_stand_in_a_line_of_their_own_below_the_printed_ones(table: Table) -> None:
    heading, first, here, hostile = body(render_latex(table))
    assert heading == [r"\multicolumn{4}{l}{\emph{Visual}}"]
    assert first == ["CSTA", r"\textbf{0.205}", "", "1.5"]
    assert here == [r"\quad measured here", r"\textbf{0.206} $\pm$ 0.003\textsuperscript{2}", "--", ""]
    assert hostile[1:] == [r"\underline{0.200}", "-0.02", ""]


def test_a_board_of_printed_numbers_alone_has_one_line_a_row(table: Table) -> None:
    rows = tuple(
        replace(row, cells=tuple(Cell(column=c.column, reported=c.reported) for c in row.cells))
        for row in table.rows
    )
    bare = replace(table, groups=(RowGroup(title="", rows=rows),), runs=(), notes=())
    assert [line[0] for line in body(render_latex(bare))] == ["CSTA", escape(HOSTILE)]
    assert "measured here" not in render_latex(bare)


def test_every_line_of_the_tabular_has_as_many_cells_as_it_has_columns(table: Table) -> None:
    latex = render_latex(table)
    assert r"\begin{tabular}{lrrr}" in latex
    assert {len(line) for line in body(latex)[1:]} == {4}
    assert r" & \multicolumn{2}{c}{TVSum} &  \\" in latex


def test_no_text_is_a_command_or_closes_a_brace(table: Table) -> None:
    latex = render_latex(table)
    assert (
        r"\input" not in latex and r"\textbackslash{}input\{/etc/passwd\} \$x\$ 50\% \#1 a\_b \{c\}" in latex
    )
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert re.findall(r"(?<!\\)%.*", latex) == [
        "% SumMe and TVSum (board)",
        r"% \usepackage{booktabs}",
    ]


def test_a_title_cannot_end_the_comment_it_stands_in(table: Table) -> None:
    latex = render_latex(replace(table, title="one\n\\input{x}\rtwo"))
    assert latex.splitlines()[0] == r"% one \input{x} two (board)"


def test_footnotes_and_legends_stand_below(table: Table) -> None:
    below = render_latex(table).split(r"\end{tabular}")[1]
    assert r"\textsuperscript{1} About a column.\par" in below
    assert r"\textsuperscript{2} =About a cell.\par" in below
    assert "sample standard deviation" in below


def test_latex_is_accepted_by_a_compiler(table: Table, tmp_path: Path) -> None:
    compiler = shutil.which("pdflatex") or shutil.which("tectonic")
    if compiler is None:
        pytest.skip("no LaTeX here: install texlive-latex-recommended to compile the table")
    head = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs}\\begin{document}\n"
    (tmp_path / "t.tex").write_text(f"{head}{render_latex(table)}\\end{{document}}\n", encoding="utf-8")
    done = subprocess.run([compiler, "t.tex"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_csv_has_a_line_for_every_cell_that_holds_something(table: Table) -> None:
    lines = lines_of(table)
    assert tuple(lines[0]) == FIELDS
    assert [(line["row"], line["column"]) for line in lines] == [
        ("CSTA", "TVSum Kendall τ"),
        ("CSTA", "TVSum Spearman ρ"),
        ("CSTA", "Speed"),
        (HOSTILE, "TVSum Kendall τ"),
        (HOSTILE, "TVSum Spearman ρ"),
    ]


def test_csv_keeps_full_precision_and_the_printed_text(table: Table) -> None:
    first, undefined, speed, *_ = lines_of(table)
    assert (first["reported"], float(first["measured"]), float(first["delta"])) == ("0.205", 0.2061, 0.0011)
    assert (first["low"], first["high"], first["sd_over"]) == ("0.19", "0.22", "runs")
    assert (first["verdict"], first["rank"], first["runs"]) == ("outside", "1", "runs-1")
    assert (undefined["measured"], undefined["undefined"]) == ("", "constant scores")
    assert speed["measured"] == "1.5"


def test_a_spreadsheet_takes_no_text_for_a_formula_and_every_number_for_a_number(table: Table) -> None:
    first, *_, last = lines_of(table)
    assert last["model"] == "'=cmd()" and first["notes"] == "'=About a cell."
    assert last["reported"] == "-0.02"
