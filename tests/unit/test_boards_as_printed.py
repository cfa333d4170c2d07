"""Boards in the form of the paper: datasets by row, places, words, figures, proxies."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsumbench.contracts import LeaderboardSpec
from vsumbench.errors import PluginError
from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.markdown import render_markdown
from vsumbench.leaderboard.places import ABOUT
from vsumbench.leaderboard.spec import BoardSpec
from vsumbench.leaderboard.specfile import parse_board
from vsumbench.leaderboard.table import Judgement, Table
from vsumbench.records.record import RunRecord
from vsumbench.store.records import Store
from vsumbench.store.reported import ReportedNumber
from vsumbench.store.statistics import save_statistics
from vsumbench.testing.sealed import make_record, make_score, seal

PAPER = LeaderboardSpec(id="paper", title="Paper", package="nowhere")
BOARD = """
schema: 1
id: board
title: A table
caption: What it is about.
table: "1"
profile: {shape: radar, columns: [tau, rho]}
facts:
  - {title: Trained, fact: trained}
columns:
  - {id: tau, title: Kendall, protocol: peruser-2fps, metric: kendall}
  - {id: rho, title: Spearman, protocol: peruser-2fps, metric: spearman}
groups:
  - rows:
      - {title: One, model: one, dataset: tvsum, facts: {trained: "yes"}}
      - {title: Two, model: two, dataset: tvsum}
      - {title: Three, model: three, dataset: tvsum}
      - {title: One, model: one, dataset: summe, protocols: {summe: keyshot-meanuser}}
      - {title: Two, model: two, dataset: summe, protocols: {summe: keyshot-meanuser}}
      - {title: People, model: people, dataset: tvsum, reference: true, protocols: {tvsum: human-pairwise}}
"""
PROXY = """
schema: 1
id: board
title: A table
caption: What it is about.
table: "1"
columns:
  - {id: tau, title: Kendall, dataset: videoxum, protocol: peruser-2fps, metric: kendall}
groups:
  - rows:
      - title: People
        model: people
        reference: true
        proxy: {columns: [tau], dataset: tvsum, protocol: human-pairwise, reason: other videos}
"""
COUNTS = """
schema: 1
id: board
title: A table
caption: What it is about.
table: "1"
columns:
  - {id: n, title: Videos, protocol: none, metric: n-videos}
  - {id: words, title: Words, protocol: none, metric: text-words, ours: true}
groups:
  - rows:
      - {title: Some, dataset: toy}
      - {title: Other, dataset: tvsum}
"""
VIEW = """
schema: 1
id: figure
title: One video
caption: What it is about.
table: "1"
label: Figure 4
kind: view
groups:
  - rows:
      - {title: One, model: one, dataset: tvsum}
      - {title: Two, model: "two", dataset: tvsum}
"""


def number(row: str, dataset: str, metric: str, value: str, **changes: str) -> ReportedNumber:
    facts = {
        "paper": "paper",
        "table": "1",
        "row": row,
        "model": row.lower(),
        "variant": "",
        "dataset": dataset,
        "task": "v2v",
        "metric": metric,
        "value": value,
        "scale": "correlation",
        "protocol": "peruser-2fps",
        **changes,
    }
    return ReportedNumber(**facts)  # type: ignore[arg-type]


PRINTED = (
    number("One", "tvsum", "kendall", "0.20"),
    number("Two", "tvsum", "kendall", "0.30", note="trained=no; odd"),
    number("Three", "tvsum", "kendall", "0.30"),
    number("One", "tvsum", "spearman", "0.25"),
    number("One", "summe", "kendall", "0.40", protocol="keyshot-meanuser"),
    number("Two", "summe", "kendall", "0.10", protocol="keyshot-meanuser"),
    number("People", "tvsum", "kendall", "0.90", protocol="human-pairwise"),
)


def board(text: str = BOARD) -> BoardSpec:
    return parse_board(text, PAPER, where="board.yaml")


def build(
    runs: Path, *records: RunRecord, text: str = BOARD, printed: tuple[ReportedNumber, ...] = PRINTED
) -> Table:
    runs.mkdir(exist_ok=True)
    for i, record in enumerate(records):
        seal(runs, record, f"run{i}")
    with Store(runs) as store:
        return PaperBuilder(printed, store, Catalog()).build(board(text))


def record(model: str, dataset: str, protocol: str, value: float, **more: object) -> RunRecord:
    return make_record(model, dataset, [make_score(protocol, "kendall", value)], **more)  # type: ignore[arg-type]


def test_ranks_never_mix_the_datasets_of_rows(tmp_path: Path) -> None:
    table = build(
        tmp_path / "runs",
        record("one", "tvsum", "peruser-2fps", 0.1),
        record("two", "tvsum", "peruser-2fps", 0.2),
        record("one", "summe", "keyshot-meanuser", 0.9),
        record("two", "summe", "keyshot-meanuser", 0.8),
    )
    ranks = {(row.title, row.dataset): row.cells[0].rank for row in table.rows}
    assert ranks[("One", "tvsum")] == 2 and ranks[("Two", "tvsum")] == 1
    assert ranks[("One", "summe")] == 1 and ranks[("Two", "summe")] == 2


def test_a_row_about_another_dataset_is_measured_and_judged_on_that_one(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record("one", "summe", "keyshot-meanuser", 0.401))
    cells = {(row.title, row.dataset): row.cells[0] for row in table.rows}
    found = cells[("One", "summe")]
    assert found.verdict is not None and found.verdict.judgement is Judgement.WITHIN
    assert found.protocol == "keyshot-meanuser"
    assert cells[("One", "tvsum")].measured is None


def test_places_are_by_column_and_dataset_share_ties_and_leave_reference_rows_out() -> None:
    table = PaperBuilder(PRINTED).build(board())
    places = {
        (row.title, row.dataset, cell.column): cell.reported.place
        for row in table.rows
        for cell in row.cells
        if cell.reported is not None
    }
    assert places == {
        ("One", "tvsum", "tau"): 2,
        ("Two", "tvsum", "tau"): 1,
        ("Three", "tvsum", "tau"): 1,
        ("One", "tvsum", "rho"): None,
        ("One", "summe", "tau"): 1,
        ("Two", "summe", "tau"): 2,
        ("People", "tvsum", "tau"): None,
    }
    assert table.remarks.count(ABOUT) == 1


def test_lower_is_better_where_the_column_says_so() -> None:
    text = BOARD.replace("metric: kendall}", "metric: kendall, direction: lower}")
    table = PaperBuilder(PRINTED).build(board(text))
    assert [row.cells[0].reported.place for row in table.rows[:3]] == [1, 2, 2]  # type: ignore[union-attr]


def test_words_come_from_the_row_or_the_note_and_what_else_the_note_says_is_kept() -> None:
    table = PaperBuilder(PRINTED).build(board())
    assert [row.extras[0].value for row in table.rows] == ["yes", "no", None, None, None, None]
    assert "Print: odd." in table.notes and not any("trained=" in note for note in table.notes)
    assert "Added by plugins" not in render_markdown(table)


def test_a_figure_is_drawn_from_what_is_printed_and_measured_and_leaves_out_empty_axes(
    tmp_path: Path,
) -> None:
    table = build(tmp_path / "runs", record("one", "tvsum", "peruser-2fps", 0.5))
    (profile,) = table.panels.profiles
    assert profile.shape == "radar" and profile.columns == ("tau", "rho")
    assert [line.values for line in profile.printed][:2] == [(0.2, 0.25), (0.3, None)]
    assert [(line.row, line.values) for line in profile.measured] == [(0, (0.5, None))]
    assert profile.tops == (0.9, 0.25)
    without = tuple(n for n in PRINTED if n.metric != "spearman")
    (left,) = PaperBuilder(without).build(board()).panels.profiles
    assert left.columns == ("tau",)


@pytest.mark.parametrize("edition", ["full", "annotations"])
def test_a_proxy_is_shown_with_its_difference_and_is_never_comparable(tmp_path: Path, edition: str) -> None:
    printed = (number("People", "videoxum", "kendall", "0.30"),)
    people = record("people", "tvsum", "human-pairwise", 0.3, edition=edition, reference_row=True)
    table = build(tmp_path / "runs", people, text=PROXY, printed=printed)
    (cell,) = table.rows[0].cells
    assert cell.verdict is not None and cell.verdict.judgement is Judgement.NOT_COMPARABLE
    assert cell.verdict.reason == "other videos" and cell.delta == pytest.approx(0.0)
    assert cell.protocol == "human-pairwise" and cell.runs == (0,)


@pytest.mark.parametrize("changes", [{"edition": "planted"}, {"edition": "sample"}, {"coverage": (3, 25)}])
def test_a_proxy_on_anything_but_complete_real_data_has_no_difference_and_no_verdict(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    printed = (number("People", "videoxum", "kendall", "0.30"),)
    people = record("people", "tvsum", "human-pairwise", 0.3, reference_row=True, **changes)
    (cell,) = build(tmp_path / "runs", people, text=PROXY, printed=printed).rows[0].cells
    assert cell.measured is not None and cell.delta is None and cell.verdict is None


def test_runs_of_the_row_itself_come_before_its_proxy(tmp_path: Path) -> None:
    printed = (number("People", "videoxum", "kendall", "0.30"),)
    own = record("people", "videoxum", "peruser-2fps", 0.3, reference_row=True)
    near = record("people", "tvsum", "human-pairwise", 0.7, reference_row=True)
    (cell,) = build(tmp_path / "runs", near, own, text=PROXY, printed=printed).rows[0].cells
    assert cell.verdict is not None and cell.verdict.judgement is Judgement.WITHIN


def statistics(dataset: str, edition: str, videos: int, **changes: object) -> dict[str, object]:
    return {
        "dataset": dataset,
        "title": dataset,
        "edition": edition,
        "edition_version": "1",
        "generated": edition == "planted",
        "fingerprint": "f" * 64,
        "videos": videos,
        "missing": 0,
        "split": None,
        "statistics": {"text-summary": {"mean": 7.25}, "duration": None},
        **changes,
    }


COUNTED = (
    number("Some", "toy", "n-videos", "12", model="", scale="count", protocol="none"),
    number("Other", "tvsum", "n-videos", "50", model="", scale="count", protocol="none"),
)


def test_counts_stand_beside_print_and_are_judged_where_the_data_are_complete_and_real(
    tmp_path: Path,
) -> None:
    runs = tmp_path / "runs"
    save_statistics(runs, statistics("tvsum", "annotations", 50))
    save_statistics(runs, statistics("toy", "planted", 12))
    table = build(runs, text=COUNTS, printed=COUNTED)
    toy, tvsum = table.rows
    assert tvsum.cells[0].verdict is not None and tvsum.cells[0].verdict.judgement is Judgement.WITHIN
    assert tvsum.cells[1].measured is not None and tvsum.cells[1].measured.value == 7.25
    assert toy.cells[0].measured is not None and toy.cells[0].evidence == "planted"
    assert toy.cells[0].delta is None and toy.cells[0].verdict is None
    assert all(cell.rank is None for cell in table.cells)
    assert all(c.reported is None or c.reported.place is None for c in table.cells)


def test_counts_of_a_part_are_not_set_against_print(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    save_statistics(runs, statistics("tvsum", "full", 40, missing=10))
    (cell, _) = build(runs, text=COUNTS, printed=COUNTED).rows[1].cells
    assert cell.measured is not None and cell.evidence == "sample"
    assert cell.delta is None and cell.verdict is None


def test_a_view_says_which_methods_have_runs_and_how_the_figure_is_made(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record("one", "tvsum", "peruser-2fps", 0.1), text=VIEW)
    assert table.label == "Figure 4" and not table.columns and len(table.runs) == 1
    assert [row.extras[0].value for row in table.rows] == ["1 (edition full)", "none"]
    assert [row.status for row in table.rows] == ["", "not run"]
    assert any("vsumbench view RUN… --video ID" in remark for remark in table.remarks)
    alone = PaperBuilder(PRINTED).build(board(VIEW))
    assert [row.title for row in alone.rows] == ["One", "Two"] and not alone.extra_columns


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("shape: radar", "shape: pie", "expected line, radar or bars"),
        ("columns: [tau, rho]}", "columns: [tua]}", "Did you mean 'tau'"),
        ("model: one, dataset: tvsum,", "model: one,", "names no dataset"),
        ("title: Kendall, protocol", "title: Kendall, dataset: tvsum, protocol", "the columns name datasets"),
        ("model: three, dataset", "model: three, reported: Two, dataset", "'Two on tvsum' stands twice"),
        ('facts: {trained: "yes"}', "facts: {trained: yes}", "expected names and texts"),
        ("schema: 1", "schema: 1\nkind: view", "stand in a board of kind view"),
        ("schema: 1", "schema: 1\nkind: picture", "expected numbers or view"),
    ],
)
def test_what_does_not_fit_in_a_board_is_refused(old: str, new: str, words: str) -> None:
    assert old in BOARD
    with pytest.raises(PluginError) as caught:
        board(BOARD.replace(old, new, 1))
    assert words in f"{caught.value} {caught.value.hint}"


def test_only_reference_rows_have_a_proxy() -> None:
    with pytest.raises(PluginError, match="no reference row"):
        board(PROXY.replace("        reference: true\n", ""))
