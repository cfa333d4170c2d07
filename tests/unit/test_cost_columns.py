"""Costs on a paper's board: units, what is missing, machines apart, never judged and never ranked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vsumbench.contracts import LeaderboardSpec
from vsumbench.first_party import MEASURED
from vsumbench.leaderboard import places
from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.costs import COSTS, UNJUDGED
from vsumbench.leaderboard.html import render_html
from vsumbench.leaderboard.markdown import render_markdown
from vsumbench.leaderboard.specfile import parse_board
from vsumbench.leaderboard.table import Cell, Table
from vsumbench.plugins import default_plugins
from vsumbench.records.record import RunRecord
from vsumbench.store.records import Store
from vsumbench.store.reported import ReportedNumber
from vsumbench.testing.sealed import make_record, make_score, seal

PAPER = LeaderboardSpec(id="paper", title="Paper", package="nowhere")
BOARD = """
schema: 1
id: costs
title: Costs
caption: What it took.
table: "1"
columns:
  - {id: hours, title: Training, dataset: videoxum, protocol: none, metric: training-hours}
  - {id: ms, title: Latency, dataset: videoxum, protocol: none, metric: latency-ms, decimals: 1}
  - {id: all, title: Trainable, dataset: videoxum, protocol: none, metric: trainable-share, decimals: 2}
  - {id: token, title: a token, dataset: videoxum, protocol: none, metric: "latency-ms[per-token]"}
  - {id: free, title: no towers, dataset: videoxum, protocol: none, metric: "trainable-share[no-towers]"}
  - {id: branch, title: of branch, dataset: videoxum, protocol: none, metric: "trainable-share[branch]"}
groups:
  - title: Ours
    rows:
      - {title: Floor, model: random, reference: true}
  - title: Methods
    rows:
      - {title: A method, model: method}
      - {title: Other, model: other}
"""
PRINTED = tuple(
    ReportedNumber(
        paper="paper",
        table="1",
        row=row,
        model=model,
        variant="",
        dataset="videoxum",
        task="efficiency",
        metric=metric,
        value=value,
        scale=scale,  # type: ignore[arg-type]
        protocol="unknown",
    )
    for row, model in (("A method", "method"), ("Other", "other"))
    for metric, value, scale in (
        ("training-hours", "42", "hours"),
        ("latency-ms", "113", "ms"),
        ("trainable-share", "18", "percent"),
    )
)
LATENCY = {
    "median": 0.25,
    "p90": 0.5,
    "mean": 0.3,
    "token": 0.004,
    "token_median": 0.005,
    "token_p90": 0.007,
    "videos": 90,
    "warm_up": 10,
}
TIMING: dict[str, Any] = {
    "fit_seconds": 3600.0,
    "fit_device_seconds": 3600.0,
    "fit_processes": 1,
    "fit_whole": True,
    "latency": LATENCY,
    "machine": "2 CPU cores (x86_64)",
    "memory_mib": 812.4,
}
FACTS = {"trainable_parameters": 2.0, "total_parameters": 1000.0, "branch_parameters": 8.0}


def record(model: str = "method", **more: Any) -> RunRecord:
    asked: dict[str, Any] = {"timing": TIMING, "fit": [{"fold": "official", "facts": FACTS}]} | more
    scores = asked.pop("scores", [make_score("paragraph", "rougeL", 20.0, scale="percent")])
    return make_record(model, "videoxum", scores, **asked)


def build(runs: Path, *records: RunRecord, catalog: Catalog | None = None) -> Table:
    runs.mkdir(exist_ok=True)
    for i, one in enumerate(records):
        seal(runs, one, f"run{i}")
    with Store(runs) as store:
        assert store.warnings == ()
        spec = parse_board(BOARD, PAPER, where="board.yaml")
        return PaperBuilder(PRINTED, store, catalog or Catalog()).build(spec)


def cells(table: Table, row: int = 1) -> dict[str, Cell]:
    return {cell.column: cell for cell in table.rows[row].cells}


def values(table: Table, row: int = 1) -> dict[str, float | None]:
    return {name: cell.measured.value for name, cell in cells(table, row).items() if cell.measured}


def notes(table: Table, column: str, row: int = 1) -> str:
    marks = (*table.rows[row].notes, *cells(table, row)[column].notes)
    return " ".join(table.notes[mark - 1] for mark in marks)


def test_every_name_of_a_measured_column_is_a_cost() -> None:
    assert {name.partition("[")[0] for name in COSTS} == set(MEASURED)


def test_costs_are_shown_in_the_units_of_print(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record())
    found = {name: value for name, value in values(table).items() if value is not None}
    assert found == pytest.approx({"hours": 1.0, "ms": 250.0, "token": 5.0, "all": 0.2, "branch": 25.0})
    scales = ["hours", "ms", "percent", "ms", "percent", "percent"]
    assert [column.scale for column in table.columns] == scales
    assert {column.direction for column in table.columns} == {"lower"}


def test_a_cost_says_where_and_how_it_was_measured(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record())
    said = notes(table, "hours")
    assert "Trained on 2 CPU cores (x86_64), float32. Wall clock: 1.000 h in 1 process." in said
    assert "Peak memory of the process 812 MiB." in said
    said = notes(table, "ms")
    assert "per-video: 90th percentile 500.0 ms, mean 300.0 ms, 4.00 ms a generated token" in said
    assert "90 values, 10 left out as warm-up" in said
    assert "fewer than" not in said
    assert "2 trained, 1 000 in all. The record counts no frozen vision tower apart." in notes(table, "all")
    assert "2 trained, 8 trained by the backbone itself" in notes(table, "branch")


def test_device_hours_name_the_wall_clock_where_it_differs(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record(timing=TIMING | {"fit_device_seconds": 14400.0}))
    assert values(table)["hours"] == 4.0
    assert "Wall clock: 1.000 h" in notes(table, "hours")


def test_hours_name_processes_batch_and_epochs(tmp_path: Path) -> None:
    fits = [
        {"fold": "0", "epochs": 10, "facts": FACTS | {"batch_size": 32}},
        {"fold": "1", "epochs": 7, "facts": FACTS | {"batch_size": 32}},
    ]
    timing = TIMING | {"fit_device_seconds": 14400.0, "fit_processes": 4}
    said = notes(build(tmp_path / "runs", record(timing=timing, fit=fits)), "hours")
    assert "float32, batch 32, 7 to 10 epochs. Wall clock: 1.000 h in 4 processes." in said


def test_a_latency_of_few_videos_says_how_many_there_should_be(tmp_path: Path) -> None:
    few = TIMING | {"latency": LATENCY | {"videos": 40, "warm_up": 5}}
    said = notes(build(tmp_path / "runs", record(timing=few)), "ms")
    assert "40 values (fewer than 50), 5 left out as warm-up (fewer than 10)." in said


def test_a_token_has_a_column_of_its_own(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record())
    assert values(table)["token"] == pytest.approx(5.0)
    assert "per-token: 90th percentile 7.00 ms, mean over all tokens 4.00 ms; 90 values" in notes(
        table, "token"
    )
    silent = TIMING | {"latency": {"median": 0.25, "p90": 0.5, "mean": 0.3, "videos": 90, "warm_up": 10}}
    table = build(tmp_path / "silent", record(timing=silent))
    assert values(table)["token"] is None
    assert "no time of a generated token" in notes(table, "token")


def test_frozen_vision_towers_are_in_one_denominator_and_out_of_the_other(tmp_path: Path) -> None:
    facts = FACTS | {"tower_parameters": 800.0}
    table = build(tmp_path / "runs", record(fit=[{"fold": "official", "facts": facts}]))
    assert values(table)["all"] == pytest.approx(0.2)
    assert values(table)["free"] == pytest.approx(1.0)
    assert "800 of them in frozen vision towers; without them 1.00 % are trained." in notes(table, "all")
    assert "2 trained, 200 in all without frozen vision towers." in notes(table, "free")


def test_a_model_that_counts_no_towers_has_no_share_without_them(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record())
    assert values(table)["free"] is None
    assert "does not hold how many parameters are a frozen vision tower's" in notes(table, "free")


def test_hours_that_miss_a_part_say_so(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record(timing=TIMING | {"fit_whole": False}))
    assert "A training was interrupted" in notes(table, "hours")


@pytest.mark.parametrize("preset", ["paper", "tiny"])
def test_a_cost_has_its_evidence_and_no_verdict_difference_or_rank(tmp_path: Path, preset: str) -> None:
    runs = [record("method", preset=preset), record("other", preset=preset, timing=TIMING)]
    table = build(tmp_path / "runs", *runs)
    assert UNJUDGED in table.remarks
    for row in (1, 2):
        for cell in cells(table, row).values():
            assert cell.evidence == "full"
            assert (cell.verdict, cell.delta, cell.rank) == (None, None, None)


def test_a_record_without_the_facts_says_that_it_has_none(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record(timing=None, fit=[{"fold": "official", "facts": {"steps": 3.0}}]))
    assert set(values(table).values()) == {None}
    assert "does not hold how long training took" in notes(table, "hours")
    assert "sealed before the time of a video" in notes(table, "ms")
    assert "how many parameters the model has" in notes(table, "all")
    assert "the backbone itself trains" in notes(table, "branch")
    assert "–" in render_markdown(table)


def test_a_share_without_its_denominator_is_missing_alone(tmp_path: Path) -> None:
    facts = {name: value for name, value in FACTS.items() if name != "branch_parameters"}
    found = values(build(tmp_path / "runs", record(fit=[{"fold": "official", "facts": facts}])))
    assert found["all"] == pytest.approx(0.2)
    assert found["branch"] is None


def test_one_fold_without_counts_leaves_the_share_undefined(tmp_path: Path) -> None:
    folds = [{"fold": "0", "facts": FACTS}, {"fold": "1", "facts": {}}]
    assert values(build(tmp_path / "runs", record(fit=folds)))["all"] is None


def test_a_method_that_trains_nothing_has_no_hours_and_no_share(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record(trainable=False, fit=()))
    found = values(table)
    assert (found["hours"], found["all"]) == (None, None)
    assert found["ms"] == 250.0
    assert "trains nothing" in notes(table, "hours")


def test_seeds_make_a_mean_with_a_spread(tmp_path: Path) -> None:
    slow = TIMING | {"fit_seconds": 7200.0, "fit_device_seconds": 7200.0}
    table = build(tmp_path / "runs", record(), record(seed=1, timing=slow))
    hours = cells(table)["hours"].measured
    assert hours is not None and hours.value == 1.5
    assert hours.spread == pytest.approx(0.5**0.5) and hours.spread_over == "runs"
    assert "Mean of 2 runs." in notes(table, "hours")


def test_runs_on_two_machines_are_never_averaged(tmp_path: Path) -> None:
    fast = TIMING | {"machine": "NVIDIA H200", "fit_seconds": 36.0, "fit_device_seconds": 36.0}
    runs = record(finished="2026-02-02T00:00:00+00:00"), record(seed=1, timing=fast)
    table = build(tmp_path / "runs", *runs)
    assert values(table)["hours"] == 1.0
    assert "Not shown: 1 run under other conditions (on NVIDIA H200)." in notes(table, "hours")


def test_a_floor_without_a_printed_number_is_a_row_of_its_own(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", record("random", baseline=True))
    assert values(table, 0)["ms"] == 250.0
    assert table.rows[0].status == "" and table.rows[1].status == "not run"
    empty = build(tmp_path / "none")
    assert empty.rows[0].status == "not run"
    assert all(cell.verdict is None for cell in empty.rows[0].cells)


def test_print_alone_leaves_out_what_is_not_printed() -> None:
    table = PaperBuilder(PRINTED).build(parse_board(BOARD, PAPER, where="board.yaml"))
    assert [row.title for row in table.rows] == ["A method", "Other"]
    assert [column.id for column in table.columns] == ["hours", "ms", "all"]
    assert table.notes == () and table.remarks == (places.ABOUT,)


def test_a_board_on_a_dataset_nobody_provides_says_so_once(tmp_path: Path) -> None:
    plugins = default_plugins()
    nowhere = BOARD.replace("dataset: videoxum", "dataset: nowhere")
    numbers = [ReportedNumber(**{**vars(number), "dataset": "nowhere"}) for number in PRINTED]
    (tmp_path / "runs").mkdir()
    with Store(tmp_path / "runs") as store:
        spec = parse_board(nowhere.replace("model: method", "model: uniform"), PAPER, where="board.yaml")
        table = PaperBuilder(numbers, store, Catalog(plugins)).build(spec)
    assert "Cannot be run here: no installed plugin provides the dataset nowhere." in table.remarks
    assert table.rows[1].status == "cannot run"


def test_pages_of_costs_have_no_line_of_protocols(tmp_path: Path) -> None:
    assert ">protocol<" not in render_html(build(tmp_path / "runs", record()))
