"""What statistics add to a built table: intervals, comparisons, performance over random, panels, remarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scored_runs import folded, scored_run

from vsumbench.leaderboard.analysing import Analyst, with_printed_agreement, with_statistics
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.standing import build_standing, standing_keys
from vsumbench.leaderboard.table import Cell, Column, Reported, Row, RowGroup, Table
from vsumbench.records.record import Latency
from vsumbench.store.records import Store

KENDALL = ("peruser-2fps", "kendall")
BOARD = "standing-tvsum-full-peruser-2fps"


def drawn(shift: float, seed: int = 0, n: int = 50) -> list[float]:
    """Scores of `n` videos that differ between videos more than between methods."""
    videos = np.random.default_rng(99).normal(0.2, 0.1, n)
    return (videos + shift + np.random.default_rng(seed).normal(0, 0.02, n)).tolist()


def run(runs: Path, model: str, values: list[float], folds: int = 5, **facts: Any) -> None:
    more = {"coverage": (len(values), len(values)), "title": model.upper()}
    scored_run(runs, model, {KENDALL: folded(values, folds)}, **{**more, **facts})


def board(runs: Path, name: str = BOARD) -> tuple[Table, Analyst]:
    with Store(runs) as store:
        found = {key.id: (key, some) for key, some in standing_keys(store.query(status="complete")).items()}
        key, some = found[name]
        analyst = Analyst(store.query(status="complete"), store.runs, Catalog())
        return with_statistics(build_standing(key, some, Catalog()), analyst), analyst


def cells(table: Table, column: int = 0) -> dict[str, Cell]:
    return {row.model: row.cells[column] for row in table.rows}


@pytest.fixture
def four(tmp_path: Path) -> Path:
    """A best row, one that equals it but for noise, one clearly below, and random scores."""
    run(tmp_path, "best", drawn(0.1, 1))
    run(tmp_path, "near", drawn(0.096, 2))
    run(tmp_path, "far", drawn(0.0, 3))
    run(tmp_path, "random", drawn(-0.2, 4), trainable=False, baseline=True)
    return tmp_path


def test_every_measured_cell_has_an_interval_around_its_value(four: Path) -> None:
    for cell in cells(board(four)[0]).values():
        assert cell.measured is not None
        assert cell.measured.interval is not None
        assert cell.measured.value is not None
        assert cell.measured.interval.low < cell.measured.value < cell.measured.interval.high
        assert cell.measured.interval.videos == 50


def test_ranked_rows_are_compared_with_the_best(four: Path) -> None:
    found = {name: cell.comparison for name, cell in cells(board(four)[0]).items()}
    best, near, far = found["best"], found["near"], found["far"]
    assert best is not None
    assert near is not None
    assert far is not None
    assert best.best
    assert near.distinguishable is False
    assert far.distinguishable is True
    assert far.difference == pytest.approx(-0.1, abs=0.02)
    assert (far.p, far.p_adjusted) == (pytest.approx(1 / 10_001), pytest.approx(2 / 10_001))
    assert found["random"] is None


def test_the_difference_is_that_of_the_values_where_all_videos_are_shared(four: Path) -> None:
    found = cells(board(four)[0])
    best, far = found["best"], found["far"]
    assert far.comparison is not None
    assert best.measured is not None
    assert far.measured is not None
    assert best.measured.value is not None
    assert far.measured.value is not None
    assert far.comparison.difference == pytest.approx(far.measured.value - best.measured.value)


def test_the_same_runs_give_the_same_table(four: Path) -> None:
    assert board(four)[0] == board(four)[0]


def test_what_cannot_be_told_apart_is_explained_below(four: Path) -> None:
    remarks = " ".join(board(four)[0].remarks)
    assert "Not distinguishable from the best" in remarks
    assert "95 % bootstrap intervals over videos" in remarks
    assert "seeds" not in remarks


def test_several_seeds_are_averaged_by_video_and_the_reader_is_told(tmp_path: Path) -> None:
    for seed in (1, 2):
        run(tmp_path, "best", drawn(0.1, seed), seed=seed)
    run(tmp_path, "far", drawn(0.0, 3))
    table, _ = board(tmp_path)
    best = cells(table)["best"].measured
    assert best is not None
    assert best.interval is not None
    assert len(best.values) == 2
    assert "spread of seeds" in " ".join(table.remarks)


def test_tiny_folds_are_warned_of(tmp_path: Path) -> None:
    for shift, model in enumerate(("a", "b")):
        run(tmp_path, model, drawn(shift / 10, shift, 25))
    assert "Fewer than 10 videos in a fold (kendall)" in " ".join(board(tmp_path)[0].remarks)


def test_folds_of_ten_videos_are_not_warned_of(four: Path) -> None:
    assert "Fewer than" not in " ".join(board(four)[0].remarks)


def test_a_correlation_has_no_performance_over_random(four: Path) -> None:
    over = cells(board(four)[0])["best"].measured
    assert over is not None
    assert over.over_random is not None
    assert over.over_random.percent is None
    assert "correlation" in over.over_random.reason


def test_an_f_score_is_set_over_random_under_the_same_condition(tmp_path: Path) -> None:
    def f1(model: str, value: float, **facts: Any) -> None:
        scores = folded([value + i % 5 for i in range(50)])
        facts = {"coverage": (50, 50), **facts}
        scored_run(tmp_path, model, {("keyshot-f1-avg", "f1"): scores}, scale="percent", **facts)

    f1("m", 58.0)
    f1("random", 38.0, trainable=False, baseline=True)
    f1("random", 10.0, trainable=False, baseline=True, split_set="other")
    table, _ = board(tmp_path, "standing-tvsum-full-keyshot-f1-avg")
    over = cells(table)["m"].measured
    assert over is not None
    assert over.over_random is not None
    assert over.over_random.percent == pytest.approx(100 * 60 / 40)


def test_a_changed_file_of_scores_leaves_its_row_without_statistics(four: Path) -> None:
    name = next(path for path in four.iterdir() if path.name.startswith("near-"))
    path = name / "scores/peruser-2fps/kendall.csv"
    path.write_text(path.read_text() + "\n")
    table, analyst = board(four)
    near = cells(table)["near"]
    assert near.measured is not None
    assert near.measured.interval is None
    assert near.comparison is not None
    assert "not the file that was sealed" in near.comparison.reason
    assert len(analyst.warnings) == 1
    assert "changed after the run was sealed" in " ".join(table.remarks)


def test_a_board_of_one_run_is_compared_with_nothing(tmp_path: Path) -> None:
    run(tmp_path, "m", drawn(0.1))
    table, _ = board(tmp_path)
    assert cells(table)["m"].comparison is None
    assert table.panels.power is None
    assert table.panels.critical_differences == ()


def test_rows_chosen_on_the_test_fold_have_an_interval_and_no_comparison(four: Path) -> None:
    run(four, "lucky", drawn(0.3, 8), selection="best-test-epoch")
    lucky = cells(board(four)[0])["lucky"]
    assert lucky.comparison is None
    assert lucky.measured is not None
    assert lucky.measured.interval is not None


def test_distributions_hold_the_scores_best_first_and_references_last(four: Path) -> None:
    table, _ = board(four)
    (found,) = table.panels.distributions
    assert [table.rows[one.row].model for one in found.rows] == ["best", "near", "far", "random"]
    assert len(found.videos) == 50
    assert found.rows[0].values == pytest.approx(drawn(0.1, 1))


def test_no_more_rows_are_drawn_than_can_be_told_apart(tmp_path: Path) -> None:
    for i in range(14):
        run(tmp_path, f"m{i:02d}", drawn(i / 100, i))
    run(tmp_path, "random", drawn(-0.3, 44), trainable=False, baseline=True)
    table, _ = board(tmp_path)
    (found,) = table.panels.distributions
    names = [table.rows[one.row].model for one in found.rows]
    assert len(names) == 12
    assert names[-1] == "random"
    assert "3 rows are not shown" in " ".join(table.remarks)


def test_mean_ranks_and_groups_of_ranked_rows(four: Path) -> None:
    table, _ = board(four)
    (found,) = table.panels.critical_differences
    assert [table.rows[one.row].model for one in found.rows][-1] == "far"
    assert found.friedman_p < 0.001
    assert found.cliques == ((0, 1),)
    # k = 3, n = 50.
    assert found.difference == pytest.approx(2.3437 * (3 * 4 / (6 * 50)) ** 0.5, abs=1e-4)


def test_what_a_column_can_tell_is_of_the_spread_of_paired_differences(four: Path) -> None:
    power = board(four)[0].panels.power
    assert power is not None
    (found,) = power.columns
    assert found.videos == 50
    assert found.deviation == pytest.approx(0.02 * 2**0.5, rel=0.25)
    # (z of 0.975 + z of 0.8) / sqrt(n), a little more for t.
    assert found.difference == pytest.approx(2.8 * found.deviation / 50**0.5, rel=0.04)


def latency(seconds: float) -> dict[str, Any]:
    return {"latency": Latency(median=seconds, p90=seconds, mean=seconds), "machine": "one"}


def test_cost_is_set_against_quality_where_all_was_timed_on_one_machine(tmp_path: Path) -> None:
    run(tmp_path, "slow", drawn(0.1, 1), timing=latency(2.0))
    run(tmp_path, "fast", drawn(0.0, 3), timing=latency(1.0))
    run(tmp_path, "worse", drawn(-0.1, 2), timing=latency(1.5))
    table, _ = board(tmp_path)
    (found,) = table.panels.paretos
    points = {table.rows[point.row].model: (point.cost, point.front) for point in found.points}
    assert points == {"slow": (2000.0, True), "fast": (1000.0, True), "worse": (1500.0, False)}
    assert "ms" in found.cost_title


def test_costs_of_two_machines_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    run(tmp_path, "slow", drawn(0.1, 1), timing=latency(2.0))
    run(tmp_path, "fast", drawn(0.0, 3), timing={**latency(1.0), "machine": "two"})
    table, _ = board(tmp_path)
    assert table.panels.paretos == ()
    assert "timed on 2 machines" in " ".join(table.remarks)


def test_sensitivity_is_the_same_runs_under_other_protocols_and_settings(tmp_path: Path) -> None:
    def both(model: str, here: float, there: float, **facts: Any) -> None:
        scores = {
            KENDALL: folded(drawn(here, 1)),
            ("keyshot-meanuser", "kendall"): folded(drawn(there, 2)),
        }
        scored_run(tmp_path, model, scores, coverage=(50, 50), **facts)

    both("a", 0.2, 0.0)
    both("b", 0.1, 0.1)
    both("c", 0.0, 0.2)
    for model, shift in (("a", 0.3), ("b", 0.2)):
        run(tmp_path, model, drawn(shift, 5), title=model, split_set="other", selection="best-test-epoch")
    table, _ = board(tmp_path)
    found = table.panels.sensitivity
    assert found is not None
    ways = {(way.protocol, way.split_set, way.selection): way for way in found.ways}
    assert found.ways[0].protocol == "peruser-2fps"
    own = ways["peruser-2fps", "canonical-nonoverlap", "inner-val"]
    turned = ways["keyshot-meanuser", "canonical-nonoverlap", "inner-val"]
    lucky = ways["peruser-2fps", "other", "best-test-epoch"]
    assert (own.tau, turned.tau, lucky.tau) == (1.0, -1.0, 1.0)
    assert [value.rank for value in turned.values] == [3, 2, 1]
    assert [value.rank for value in lucky.values] == [None, None]
    rows = [table.rows[value.row].model for value in own.values]
    assert rows == ["a", "b", "c"]


def test_one_way_to_count_alone_has_no_sensitivity(four: Path) -> None:
    assert board(four)[0].panels.sensitivity is None


def test_agreement_of_measured_columns_is_over_ranked_rows(tmp_path: Path) -> None:
    for i, model in enumerate("abc"):
        scores = {KENDALL: folded(drawn(i / 10, i)), ("peruser-2fps", "spearman"): folded(drawn(-i / 10, i))}
        scored_run(tmp_path, model, scores, coverage=(50, 50))
    agreement = board(tmp_path)[0].panels.agreement
    assert agreement is not None
    (pair,) = agreement.pairs
    assert (pair.kendall, pair.spearman, pair.rows, pair.source) == (-1.0, -1.0, 3, "measured")


def printed(values: list[tuple[float | None, float]]) -> Table:
    columns = tuple(
        Column(id=name, title=name, dataset="d", protocol="p", metric=name, direction=direction)
        for name, direction in (("up", "higher"), ("down", "lower"))
    )

    def cell(column: Column, value: float | None) -> Cell:
        if value is None:
            return Cell(column=column.id)
        number = Reported(text=str(value), value=value, scale="", source="", protocol="p")
        return Cell(column=column.id, reported=number)

    rows = tuple(
        Row(title=f"r{i}", model="m", cells=tuple(map(cell, columns, pair))) for i, pair in enumerate(values)
    )
    groups = (RowGroup(title="", rows=rows),)
    return Table(id="t", title="t", caption="", kind="paper", columns=columns, groups=groups)


def test_agreement_of_printed_columns_is_of_what_is_good() -> None:
    table = with_printed_agreement(printed([(1.0, 9.0), (2.0, 8.0), (3.0, 7.0), (None, 1.0)]))
    assert table.panels.agreement is not None
    (pair,) = table.panels.agreement.pairs
    assert (pair.kendall, pair.rows, pair.source) == (1.0, 3, "printed")
    assert with_statistics(printed([(1.0, 9.0)]), None).panels.agreement is None


def test_the_printed_numbers_of_paper_002_agree_as_it_says() -> None:
    from vsumbench.leaderboard.pages import Site, load_library
    from vsumbench.plugins import Kind, default_plugins

    specs, _ = default_plugins().specs(Kind.LEADERBOARD)
    (table,) = Site(load_library(specs), None, Catalog()).tables(["v2xum-llm-table-2"])
    agreement = with_printed_agreement(table).panels.agreement
    assert agreement is not None
    metric = {column.id: column.metric.partition("[")[0] for column in table.columns}
    pairs = {frozenset((metric[p.first], metric[p.second])): p for p in agreement.pairs}
    with_f1, with_tau = pairs[frozenset(("f-clip", "f1"))], pairs[frozenset(("f-clip", "kendall"))]
    assert with_f1.kendall is not None
    assert with_tau.kendall is not None
    assert with_f1.kendall > 0
    assert with_tau.kendall > 0
