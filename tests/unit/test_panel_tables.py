"""Panels as plain tables, and as Markdown below a board."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vsumbench.leaderboard.markdown import render_markdown
from vsumbench.leaderboard.panel_tables import panel_tables
from vsumbench.leaderboard.panels import (
    Agreement,
    CriticalDifference,
    Detectable,
    Distribution,
    Line,
    MetricPair,
    Panels,
    Pareto,
    ParetoPoint,
    Power,
    Profile,
    ProtocolRow,
    ProtocolValue,
    RankedRow,
    RowScores,
    Sensitivity,
)
from vsumbench.leaderboard.table import Cell, Column, Row, RowGroup, Table

PANELS = Panels(
    profiles=(
        Profile(
            title="Figure 3",
            shape="radar",
            columns=("t", "f"),
            printed=(Line(row=0, values=(0.25, 50.0)), Line(row=1, values=(0.2, None))),
            measured=(Line(row=0, values=(0.24, 49.9)),),
            tops=(0.25, 50.0),
        ),
    ),
    distributions=(
        Distribution(
            column="t",
            videos=("a", "b", "c", "d", "e"),
            rows=(
                RowScores(row=0, values=(0.5, 0.1, 0.3, 0.2, 0.4)),
                RowScores(row=1, values=(0.1, None, None, None, None)),
                RowScores(row=2, values=(None,) * 5),
            ),
        ),
    ),
    critical_differences=(
        CriticalDifference(
            column="t",
            videos=14,
            rows=tuple(RankedRow(row=i, mean_rank=rank) for i, rank in enumerate((1.2, 1.9, 2.9))),
            difference=0.9,
            friedman_p=0.0002,
            cliques=((0, 1), (2,)),
        ),
    ),
    paretos=(
        Pareto(
            cost_title="latency, ms",
            quality="f",
            points=(
                ParetoPoint(row=0, cost=12.34, quality=50.0, front=True),
                ParetoPoint(row=1, cost=20.0, quality=40.0, front=False),
            ),
        ),
    ),
    sensitivity=Sensitivity(
        ways=(
            ProtocolRow(
                protocol="peruser-full",
                metric="kendall",
                split_set="canonical",
                selection="",
                values=(
                    ProtocolValue(row=0, value=0.123456, rank=1),
                    ProtocolValue(row=1, value=None, rank=None),
                ),
                tau=-1.0,
            ),
        )
    ),
    agreement=Agreement(
        pairs=(MetricPair(first="t", second="f", kendall=1.0, spearman=None, rows=2, source="printed"),)
    ),
    power=Power(columns=(Detectable(column="f", videos=20, deviation=5.0, difference=3.3),)),
)


@pytest.fixture
def table() -> Table:
    columns = (
        Column(id="t", group="TVSum", title="Kendall τ", dataset="tvsum", protocol="p", metric="kendall"),
        Column(
            id="f", title="F1 | all", dataset="tvsum", protocol="p", metric="f1", scale="percent", decimals=1
        ),
    )
    cells = (Cell(column="t"), Cell(column="f"))
    rows = (
        Row(title="CSTA", model="csta", cells=cells),
        Row(title="CSTA", model="csta", variant="no-mask", cells=cells),
        Row(title="VASNet", model="vasnet", cells=cells),
    )
    return Table(
        id="b",
        title="B",
        caption="C",
        kind="standing",
        columns=columns,
        groups=(RowGroup(title="", rows=rows),),
        panels=PANELS,
    )


def test_every_panel_is_a_table_whose_rows_are_as_long_as_its_head(table: Table) -> None:
    found = panel_tables(table)
    assert [one.id for one in found] == [
        *("profile-1", "distribution-t", "critical-difference-t", "pareto-1"),
        *("sensitivity", "agreement", "power"),
    ]
    assert all(len(row) == len(one.heads) for one in found for row in one.rows)


def test_rows_of_one_title_are_told_apart(table: Table) -> None:
    by_id = {one.id: one for one in panel_tables(table)}
    assert [row[0] for row in by_id["critical-difference-t"].rows] == [
        "CSTA",
        "CSTA (csta@no-mask)",
        "VASNet",
    ]
    assert by_id["profile-1"].rows == (
        ("CSTA, printed", "0.250", "50.0"),
        ("CSTA (csta@no-mask), printed", "0.200", "–"),
        ("CSTA, measured", "0.240", "49.9"),
    )


def test_a_distribution_is_told_by_its_quartiles(table: Table) -> None:
    first, single, empty = {one.id: one for one in panel_tables(table)}["distribution-t"].rows
    assert first[1:] == ("0.100", "0.200", "0.300", "0.400", "0.500", "5")
    assert single[1:] == ("0.100",) * 5 + ("1",)
    assert empty[1:] == ("–",) * 5 + ("0",)


def test_rows_that_cannot_be_told_apart_share_a_letter(table: Table) -> None:
    found = {one.id: one for one in panel_tables(table)}["critical-difference-t"]
    assert [row[2] for row in found.rows] == ["a", "a", "b"]
    assert "p: < 0.001" in found.about and "0.90" in found.about


def test_markdown_has_a_section_for_every_panel_and_escapes_what_stands_in_it(table: Table) -> None:
    text = render_markdown(table)
    for one in panel_tables(table):
        assert text.count(f"## {one.title}".replace("|", "\\|")) == 1
    assert "| F1 \\| all | 20 | 5.0 | 3.3 |" in text
    assert "0.1235 (#1)" in text and "−1.00" in text
    assert render_markdown(replace(table, panels=Panels())).count("## ") == 0
