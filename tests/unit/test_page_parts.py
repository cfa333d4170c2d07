"""What stands behind the pages of boards and runs: words of cells, keys of rows, plots, files of runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import shown_boards as shown

from vsumbench.leaderboard import words
from vsumbench.leaderboard.cell_facts import cell_facts
from vsumbench.leaderboard.heat import matrices
from vsumbench.leaderboard.html import render_html
from vsumbench.leaderboard.page_data import as_script, board_data, row_keys
from vsumbench.leaderboard.pages import write_site
from vsumbench.leaderboard.panel_tables import panel_tables
from vsumbench.leaderboard.panels import Distribution, Line, Panels, Profile, RowScores
from vsumbench.leaderboard.plots import MOST_LINES, box, charts
from vsumbench.leaderboard.run_pages import page_name, render_run
from vsumbench.leaderboard.run_scores import MOST_VIDEOS, video_scores
from vsumbench.leaderboard.table import Cell, Comparison, Measured, OverRandom, RowGroup
from vsumbench.store.records import Store


def said(cell: Cell) -> dict[str, dict[str, str]]:
    return {title: dict(facts) for title, facts in cell_facts(cell, shown.columns()[0])}


def test_a_cell_says_what_was_printed_what_was_measured_and_how_they_differ() -> None:
    cell = shown.paper_board().rows[4].cells[0]
    found = said(cell)
    assert list(found) == ["Printed", "Measured here", "Verdict", "Against the best", "Condition"]
    assert found["Verdict"] == {
        "Judgement": "within",
        "Measured minus printed": "+0.0001",
        "Tolerance": "± 0.0005",
    }
    assert found["Against the best"]["Reads as"] == "not distinguishable from the best"
    assert found["Condition"]["Coverage"] == "25 of 25 videos of the official split"


def test_an_undefined_value_says_why_and_an_untested_one_too() -> None:
    found = said(
        Cell(
            column="kendall",
            measured=Measured(
                value=None,
                reason="every score is the same",
                undefined_prediction=2,
                undefined_reference=1,
                over_random=OverRandom(percent=None, reason="random is 0"),
            ),
            comparison=Comparison(reason="no scores by video"),
        )
    )
    assert found == {
        "Measured here": {
            "Value": "–",
            "Undefined because": "every score is the same",
            "Undefined by the prediction": "2, counted as no skill",
            "Undefined by the reference": "1",
            "Over random": "random is 0",
        },
        "Against the best": {"Not tested because": "no scores by video"},
    }
    assert said(Cell(column="kendall", comparison=Comparison(best=True)))["Against the best"] == {
        "Place": "this is the best ranked value of the column"
    }


@pytest.mark.parametrize(
    ("p", "text"), [(0.0, "< 0.001"), (0.000999, "< 0.001"), (0.0012, "0.001"), (1, "1.000")]
)
def test_p_values_have_the_digits_a_test_can_tell(p: float, text: str) -> None:
    assert words.p_text(p) == text


def test_the_key_of_a_row_depends_on_the_row_alone() -> None:
    table = shown.paper_board()
    keys = dict(zip((row.title for row in table.rows), row_keys(table), strict=True))
    assert len(set(keys.values())) == len(table.rows)
    fewer = replace(table, groups=table.groups[1:])
    assert row_keys(fewer) == tuple(keys[row.title] for row in fewer.rows)
    twice = replace(table, groups=(RowGroup(title="", rows=(table.rows[0], table.rows[0])),))
    first, second = row_keys(twice)
    assert second == f"{first}-2"


def test_no_text_ends_the_element_that_holds_the_data() -> None:
    text = "</script><!--<script>&\u2028\u2029"
    written = as_script({"a": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"a": text}
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_script(float("nan"))


def test_sort_values_are_in_the_scale_of_their_column() -> None:
    table = shown.paper_board()
    columns = tuple(replace(column, scale="percent") for column in table.columns)
    row = table.rows[4]
    reported = row.cells[0].reported
    assert reported is not None
    cell = replace(row.cells[0], reported=replace(reported, scale="fraction"), delta=0.0001)
    changed = replace(
        table,
        columns=columns,
        groups=(RowGroup(title="", rows=(replace(row, cells=(cell, row.cells[1])),)),),
        panels=Panels(),
    )
    data = json.loads(board_data(changed, {}))
    assert data["rows"][0]["cells"][0]["s"] == [pytest.approx(24.6), 0.2461, pytest.approx(0.01)]


def test_data_leads_to_run_pages_where_there_are_any_and_to_the_list_of_runs_else() -> None:
    table = shown.paper_board()
    assert json.loads(board_data(table, {}))["runs"][0]["page"] == "#run-1"
    pages = {"random-summe": "runs/random-summe.html"}
    assert json.loads(board_data(table, pages))["runs"][0]["page"] == "runs/random-summe.html"


def test_every_plot_has_a_table_of_its_numbers() -> None:
    table = shown.paper_board()
    assert set(charts(table)) < {panel.id for panel in panel_tables(table)}
    json.dumps(charts(table), allow_nan=False)


def test_a_plot_shows_the_best_rows_and_says_what_it_leaves_out() -> None:
    table = shown.paper_board()
    many = 3 * MOST_LINES
    cell = table.rows[4].cells[0]
    rows = tuple(
        replace(table.rows[4], title=f"Row {i}", cells=(replace(cell, rank=many - i), cell))
        for i in range(many)
    )
    scores = tuple(RowScores(row=i, values=(0.1, None)) for i in range(many))
    empty = (RowScores(row=0, values=(None, None)),)
    table = replace(table, groups=(RowGroup(title="", rows=rows),))

    def drawn(found: tuple[RowScores, ...]) -> dict[str, dict[str, object]]:
        distribution = Distribution(column="kendall", videos=("a", "b"), rows=found)
        return charts(replace(table, panels=Panels(distributions=(distribution,))))

    chart = drawn(scores)["distribution-kendall"]
    shown_rows = chart["rows"]
    assert isinstance(shown_rows, list) and len(shown_rows) == MOST_LINES
    assert shown_rows[0] == {"name": f"Row {many - 1}", "values": [0.1], "count": 1, "row": many - 1}
    assert chart["left"] == f"Drawn: {MOST_LINES} of {many} rows; the table has all."
    assert drawn(empty) == {}


def test_a_box_of_many_values_is_drawn_from_what_sums_them_up() -> None:
    few = box("a", [1 / 3, 0.5])
    assert few == {"name": "a", "values": [0.333333, 0.5], "count": 2}
    values = [i / 1000 for i in range(1001)] + [9.0]
    many = box("b", values)
    assert many["count"] == 1002 and len(json.dumps(many)) < 300
    drawn = many["values"]
    assert (drawn["min"], drawn["max"], drawn["whiskerMax"]) == (0.0, 9.0, 1.0)
    assert drawn["q1"] < drawn["median"] < drawn["q3"]
    assert drawn["median"] == pytest.approx(0.5, abs=0.001)


def test_axes_of_different_scales_are_drawn_as_shares_of_their_largest_value() -> None:
    table = shown.paper_board()
    profile = Profile(
        title="Both",
        shape="line",
        columns=("kendall", "spearman"),
        printed=(Line(row=4, values=(0.2, 40.0)),),
        tops=(0.4, 80.0),
    )
    chart = charts(replace(table, panels=Panels(profiles=(profile,))))["profile-1"]
    assert chart["lines"][0]["values"] == [0.5, 0.5]
    assert chart["lines"][0]["texts"] == ["0.200", "40.000"]
    assert chart["value"] == "share of the largest value"
    alike = replace(profile, printed=(Line(row=4, values=(0.2, None)),), tops=(0.4, 0.3))
    chart = charts(replace(table, panels=Panels(profiles=(alike,))))["profile-1"]
    assert chart["lines"][0]["values"] == [0.2, None] and chart["value"] == "correlation"


def test_agreement_stands_in_a_square_kendall_above_spearman_below() -> None:
    printed, measured = matrices(shown.paper_board())
    assert printed.names == ("SumMe Kendall τ", "SumMe Spearman ρ")
    assert printed.cells == ((("", "n"), ("0.86", "3")), (("0.95", "4"), ("", "n")))
    assert measured.cells[0][1] == ("−0.20", "-1")
    assert matrices(replace(shown.paper_board(), panels=Panels())) == ()


def test_names_of_run_pages_are_safe_and_never_meet() -> None:
    assert page_name("csta-summe-133331225823") == "csta-summe-133331225823.html"
    odd = [
        "../../etc/passwd",
        "A",
        "a",
        "<script>",
        ".hidden",
        "..",
        "é",
        "x" * 300,
        "a/b",
        "a_b",
        "con\n",
        "",
    ]
    names = [page_name(name) for name in odd]
    assert len({name.casefold() for name in names}) == len(odd)
    for name in names:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-") and len(name) < 140
        assert not name.startswith(".")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    shown.write_runs(tmp_path / "runs")
    return tmp_path / "runs"


def test_scores_by_video_are_shown_if_they_are_what_was_sealed(runs: Path) -> None:
    with Store(runs) as store:
        one = next(one for one in store.query() if one.folder == "csta-summe")
        found, wrong = video_scores(runs / one.folder, one.record)
        assert [scores.protocol for scores in found] == list(shown.PROTOCOLS) and wrong == ()
        assert found[0].metrics == ("kendall", "spearman") and found[0].videos == 25
        assert found[0].rows[2] == ("split3", "video_3", (None, None))
        assert len(found[0].values[0]) == 24
        path = runs / one.folder / "scores" / "peruser-2fps" / "kendall.csv"
        path.write_text(path.read_text().replace("0.", "0.9"))
        (path.parent / "spearman.csv").unlink()
        found, wrong = video_scores(runs / one.folder, one.record)
        page = render_run(one, runs, ())
    assert [scores.protocol for scores in found] == ["keyshot-meanuser"]
    assert wrong == (
        "scores/peruser-2fps/kendall.csv is not shown: it was changed after the run was sealed.",
        "scores/peruser-2fps/spearman.csv is not shown: it cannot be read (No such file or directory).",
    )
    assert all(sentence in page for sentence in wrong)


def test_a_long_list_of_videos_is_cut_and_names_its_file(runs: Path) -> None:
    import hashlib

    with Store(runs) as store:
        one = next(one for one in store.query() if one.folder == "csta-summe")
    lines = [f"split0,video_{i},0.5" for i in range(MOST_VIDEOS + 1)]
    text = "\n".join(["fold,id,kendall", *lines, ""])
    name = "scores/peruser-2fps/kendall.csv"
    (runs / one.folder / name).write_text(text)
    record = replace(one.record, files={name: hashlib.sha256(text.encode()).hexdigest()})
    page = render_run(replace(one, record=record), runs, ())
    assert page.count(">split0<") == MOST_VIDEOS
    assert f"The first {MOST_VIDEOS} of {MOST_VIDEOS + 1}; the file named above has all." in page
    assert f"csta-summe/{name}" in page


def test_a_run_page_says_what_is_missing(runs: Path) -> None:
    with Store(runs) as store:
        human, csta = (
            next(one for one in store.query() if one.folder == f"{name}-summe") for name in ("human", "csta")
        )
        assert "The run folder has no environment.json." in render_run(human, runs, ())
        (runs / "csta-summe" / "environment.json").write_text("{")
        assert "environment.json cannot be read" in render_run(csta, runs, ())
        (runs / "csta-summe" / "environment.json").write_text("[]")
        assert "environment.json is not what a run writes" in render_run(csta, runs, ())


def test_a_site_has_a_page_for_every_run_behind_a_cell_and_no_other(runs: Path, tmp_path: Path) -> None:
    table = shown.paper_board()
    table = replace(table, runs=table.runs[1:])
    table = replace(
        table,
        groups=tuple(
            replace(group, rows=tuple(replace(row, cells=()) for row in group.rows)) for group in table.groups
        ),
        columns=(),
        panels=Panels(),
    )
    with Store(runs) as store:
        written = write_site([table], tmp_path / "site", ["html"], store)
    assert [path.name for path in written] == ["index.html", "golden-table-1.html"]
    pages = {path.name for path in (tmp_path / "site" / "runs").iterdir()}
    assert pages == {f"{name}-summe.html" for name in shown.RAN[1:]}


def test_a_page_without_panels_loads_no_plotting() -> None:
    table = shown.paper_board()
    assert "chart.umd" in render_html(table)
    assert "chart.umd" not in render_html(replace(table, panels=Panels()))
