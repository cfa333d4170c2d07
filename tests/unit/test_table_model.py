"""What a board says of a cell: verdicts, what is never compared or ranked, where a new model appears."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vsumbench.contracts import LeaderboardSpec
from vsumbench.errors import PluginError
from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.spec import BoardSpec
from vsumbench.leaderboard.specfile import parse_board
from vsumbench.leaderboard.standing import StandingKey, build_standing, standing_keys
from vsumbench.leaderboard.table import Cell, Condition, Judgement, Table
from vsumbench.leaderboard.verdict import bar, half_unit, tolerance
from vsumbench.plugins import Kind, Plugins, default_plugins
from vsumbench.records.record import RunRecord
from vsumbench.store.records import Store
from vsumbench.store.reported import ReportedNumber
from vsumbench.testing.sealed import make_record, make_score, seal

PAPER = LeaderboardSpec(id="paper", title="Paper", package="nowhere")
BOARD = """
schema: 1
id: board
title: A table
caption: What it is about.
table: "1"
split_set: canonical-nonoverlap
columns:
  - {id: tau, title: Kendall, dataset: tvsum, protocol: peruser-2fps, metric: kendall}
groups:
  - title: Methods
    rows:
      - {title: "A method [1]", reported: A method, model: method}
      - {title: Other, model: other}
      - {title: People, model: people, reference: true, protocols: {tvsum: human-pairwise}}
"""


def printed(row: str, value: str, **changes: str) -> ReportedNumber:
    facts = {
        "paper": "paper",
        "table": "1",
        "row": row,
        "model": "method",
        "variant": "",
        "dataset": "tvsum",
        "task": "v2v",
        "metric": "kendall",
        "value": value,
        "scale": "correlation",
        "protocol": "peruser-2fps",
        **changes,
    }
    return ReportedNumber(**facts)  # type: ignore[arg-type]


PRINTED = (
    printed("A method", "0.200"),
    printed("Other", "0.150", model="other"),
    printed("People", "0.177", model="people", protocol="human-pairwise"),
)


def board(text: str = BOARD) -> BoardSpec:
    return parse_board(text, PAPER, where="board.yaml")


def score(value: float | None, protocol: str = "peruser-2fps", **more: object) -> list:
    return [make_score(protocol, "kendall", value, **more)]


def build(
    runs: Path,
    *records: RunRecord,
    reported: tuple[ReportedNumber, ...] = PRINTED,
    plugins: Plugins | None = None,
) -> Table:
    runs.mkdir(exist_ok=True)
    for i, record in enumerate(records):
        seal(runs, record, f"run{i}")
    with Store(runs) as store:
        return PaperBuilder(reported, store, Catalog(plugins)).build(board())


def cell(table: Table, row: int = 0) -> Cell:
    return table.rows[row].cells[0]


def notes(table: Table, row: int = 0) -> str:
    marks = (*table.rows[row].notes, *cell(table, row).notes)
    return " ".join(table.notes[mark - 1] for mark in marks)


def judgement(table: Table, row: int = 0) -> Judgement | None:
    verdict = cell(table, row).verdict
    return None if verdict is None else verdict.judgement


def test_half_a_unit_of_the_last_printed_digit() -> None:
    assert half_unit("0.205") == 0.0005
    assert half_unit("21.70") == pytest.approx(0.005)
    assert half_unit("42") == 0.5


def test_the_tolerance_is_the_larger_of_metric_and_print_in_the_printed_scale() -> None:
    kendall = default_plugins().metric("kendall")
    f1 = default_plugins().metric("f1")
    assert tolerance(printed("r", "0.2"), kendall) == pytest.approx(0.05)
    assert tolerance(printed("r", "0.20000"), kendall) == pytest.approx(kendall.tolerance)
    assert tolerance(printed("r", "0.23456", scale="fraction"), f1) == pytest.approx(f1.tolerance / 100)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.2004, Judgement.WITHIN),
        (0.2005, Judgement.WITHIN),
        (0.1995, Judgement.WITHIN),
        (0.2006, Judgement.OUTSIDE),
    ],
)
def test_a_value_is_within_or_outside_half_a_digit_of_print(
    tmp_path: Path, value: float, expected: Judgement
) -> None:
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(value), preset="paper"))
    assert judgement(table) is expected
    assert cell(table).delta == pytest.approx(value - 0.2)


def test_a_percent_measured_is_compared_with_a_fraction_printed(tmp_path: Path) -> None:
    record = make_record("method", "tvsum", score(20.02, scale="percent"))
    table = build(tmp_path / "runs", record, reported=(printed("A method", "0.200", scale="fraction"),))
    assert judgement(table) is Judgement.WITHIN
    measured = cell(table).measured
    assert measured is not None and measured.value == pytest.approx(0.2002)


def test_scales_with_no_way_between_them_are_not_compared(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2, scale="raw")))
    assert judgement(table) is Judgement.NOT_COMPARABLE
    assert cell(table).delta is None
    assert "printed as correlation, measured as raw" in notes(table)


def test_a_printed_number_of_unknown_protocol_is_never_judged(tmp_path: Path) -> None:
    reported = (printed("A method", "0.200", protocol="unknown"),)
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2)), reported=reported)
    assert judgement(table) is Judgement.NOT_COMPARABLE
    assert cell(table).delta is None
    assert "protocol of the printed number is unknown" in notes(table)


def test_a_number_printed_under_another_protocol_is_not_comparable(tmp_path: Path) -> None:
    reported = (printed("A method", "0.200", protocol="peruser-full"),)
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2)), reported=reported)
    assert judgement(table) is Judgement.NOT_COMPARABLE
    assert "printed under peruser-full, measured under peruser-2fps" in notes(table)


def test_a_run_under_another_protocol_leaves_the_cell_not_run(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2, "peruser-full")))
    assert judgement(table) is Judgement.NOT_RUN
    assert cell(table).measured is None
    assert "there are runs under peruser-full" in notes(table)


def test_a_reference_row_follows_its_own_protocol(tmp_path: Path) -> None:
    people = make_record(
        "people",
        "tvsum",
        score(0.1774, "human-pairwise"),
        edition="annotations",
        reference_row=True,
        trainable=False,
    )
    table = build(tmp_path / "runs", people)
    assert judgement(table, 2) is Judgement.WITHIN
    assert "Follows human-pairwise, not the peruser-2fps of its column." in notes(table, 2)
    assert table.rows[2].flags == ("edition annotations",)
    assert table.rows[2].reference


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"edition": "planted", "preset": "tiny"}, "planted edition"),
        ({"edition": "planted"}, "planted edition"),
        ({"edition": "sample"}, "sample edition"),
        ({"preset": "tiny"}, "preset tiny"),
        ({"preset": "release"}, "preset release"),
    ],
)
def test_other_editions_and_presets_get_no_delta_and_no_verdict_and_say_so(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2), **changes))  # type: ignore[arg-type]
    found = cell(table)
    assert found.measured is not None
    assert found.delta is None
    assert found.verdict is None
    assert said in notes(table)
    assert table.rows[0].flags
    assert table.banner


def test_full_data_and_the_published_preset_are_shown_before_anything_else(tmp_path: Path) -> None:
    table = build(
        tmp_path / "runs",
        make_record("method", "tvsum", score(0.9), edition="planted", preset="tiny"),
        make_record("method", "tvsum", score(0.8), preset="tiny"),
        make_record("method", "tvsum", score(0.7), preset="paper", selection="best-test-epoch"),
        make_record("method", "tvsum", score(0.2), preset="paper"),
        make_record("method", "tvsum", score(0.6), preset="paper", split_set="canonical-redraw"),
    )
    measured = cell(table).measured
    assert measured is not None and measured.value == 0.2
    assert "Not shown: 4 runs under other conditions" in notes(table)
    assert [run.folder for run in table.runs] == ["run3"]


def test_another_split_set_is_shown_and_not_compared(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2), split_set="canonical-redraw"))
    assert judgement(table) is Judgement.NOT_COMPARABLE
    assert "canonical-redraw" in notes(table)


def test_an_undefined_value_keeps_its_reason(tmp_path: Path) -> None:
    table = build(
        tmp_path / "runs", make_record("method", "tvsum", score(None, reason="all scores are equal"))
    )
    measured = cell(table).measured
    assert measured is not None and measured.value is None
    assert judgement(table) is Judgement.NOT_COMPARABLE
    assert "Undefined: all scores are equal." in notes(table)


def test_seeds_make_one_value_with_a_spread_and_the_same_prediction_counts_once(tmp_path: Path) -> None:
    records = [make_record("method", "tvsum", score(v), seed=i) for i, v in enumerate((0.19, 0.20, 0.21))]
    table = build(tmp_path / "runs", *records, records[0])
    measured = cell(table).measured
    assert measured is not None
    assert measured.value == pytest.approx(0.2)
    assert measured.spread == pytest.approx(0.01)
    assert measured.spread_over == "runs"
    assert len(measured.values) == 3


def test_one_run_has_the_spread_of_its_folds(tmp_path: Path) -> None:
    table = build(tmp_path / "runs", make_record("method", "tvsum", score(0.2, folds=[0.1, 0.2, 0.3])))
    measured = cell(table).measured
    assert measured is not None
    assert (measured.spread_over, measured.spread) == ("folds", pytest.approx(0.1))


def test_a_seed_without_a_value_leaves_the_mean_undefined(tmp_path: Path) -> None:
    records = [
        make_record("method", "tvsum", score(v, reason=r), seed=i)
        for i, (v, r) in enumerate([(0.2, ""), (None, "flat")])
    ]
    table = build(tmp_path / "runs", *records)
    measured = cell(table).measured
    assert measured is not None and measured.value is None
    assert "undefined in 1 of 2 runs: flat" in notes(table)


def test_runs_with_other_options_or_code_are_never_averaged(tmp_path: Path) -> None:
    table = build(
        tmp_path / "runs",
        make_record("method", "tvsum", score(0.1), options={"lr": 0.1}, finished="2026-01-02T00:00:00+00:00"),
        make_record("method", "tvsum", score(0.3), options={"lr": 0.2}, finished="2026-01-01T00:00:00+00:00"),
        make_record("method", "tvsum", score(0.5), options={"lr": 0.1}, version="0.9"),
    )
    measured = cell(table).measured
    assert measured is not None and measured.value == 0.1
    assert "Not shown: 2 runs" in notes(table)


def test_coverage_and_undefined_counts_are_footnotes(tmp_path: Path) -> None:
    scores = score(0.2, undefined_prediction=2, undefined_reference=1200)
    table = build(tmp_path / "runs", make_record("method", "tvsum", scores, coverage=(48, 50)))
    said = notes(table)
    assert "Coverage 96.0 %: 48 of 50 videos" in said
    assert "2 comparisons undefined because of the prediction, counted as no skill." in said
    assert "1 200 comparisons undefined because of the reference, left out." in said


def test_best_test_epoch_has_a_dagger_and_no_rank(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    table = build(
        runs,
        make_record("method", "tvsum", score(0.9), selection="best-test-epoch"),
        make_record("other", "tvsum", score(0.2)),
    )
    assert table.rows[0].optimistic
    assert cell(table, 0).rank is None
    third = make_record("third", "tvsum", score(0.1))
    seal(runs, third)
    with Store(runs) as store:
        standing = _standing(store, StandingKey("tvsum", "full", "peruser-2fps"))
    ranks = {row.title: row.cells[0].rank for row in standing.rows}
    assert ranks == {"other": 1, "third": 2, "method": None}


def test_a_board_where_every_checkpoint_was_chosen_on_the_test_fold_has_no_ranks(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name, value in (("a", 0.1), ("b", 0.2), ("c", 0.3)):
        seal(runs, make_record(name, "tvsum", score(value), selection="best-test-epoch"))
    with Store(runs) as store:
        table = _standing(store, StandingKey("tvsum", "full", "peruser-2fps"))
    assert [row.cells[0].rank for row in table.rows] == [None] * 3


def test_a_model_nobody_provides_cannot_run_and_an_installed_one_is_not_run(tmp_path: Path) -> None:
    text = BOARD.replace("model: other", "model: random")
    (tmp_path / "runs").mkdir()
    with Store(tmp_path / "runs") as store:
        table = PaperBuilder(PRINTED, store, Catalog(default_plugins())).build(board(text))
    assert judgement(table, 0) is Judgement.CANNOT_RUN
    assert table.rows[0].status == "cannot run"
    assert "no installed plugin provides this method" in notes(table, 0)
    assert judgement(table, 1) is Judgement.NOT_RUN


def test_a_path_in_a_board_or_record_is_never_imported(tmp_path: Path) -> None:
    trap = tmp_path / "trap.py"
    trap.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'sprung')!r}).touch()\nSPEC = None\n")
    catalog = Catalog(default_plugins())
    name = f"{trap}:SPEC"
    assert catalog.model(name) is None
    assert catalog.metric(name) is None
    assert catalog.protocol_title(name) == name
    assert catalog.cannot_run(name)
    assert not (tmp_path / "sprung").exists()


def test_reported_only_shows_print_and_judges_nothing() -> None:
    table = PaperBuilder(PRINTED).build(board())
    assert [c.reported.text for c in table.cells if c.reported] == ["0.200", "0.150", "0.177"]
    assert all(c.verdict is None and c.measured is None for c in table.cells)
    assert table.reported_only


def test_a_number_printed_in_two_papers_names_the_other_place() -> None:
    twin = printed("Their row", "0.200", paper="later", table="7", same_as=PRINTED[0].key)
    table = PaperBuilder((*PRINTED, twin)).build(board())
    found = cell(table).reported
    assert found is not None and found.also_in == (twin.source,)
    assert "The same measurement is printed in later Table 7 (row Their row)." in notes(table)


def _standing(store: Store, key: StandingKey) -> Table:
    return build_standing(key, standing_keys(store.query())[key], Catalog(default_plugins()))


def test_a_model_from_elsewhere_appears_on_a_standing_board_without_any_spec(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert "mymodel" not in default_plugins().names(Kind.MODEL)
    seal(runs, make_record("mymodel", "tvsum", score(0.3), title="My model"))
    seal(runs, make_record("random", "tvsum", score(0.0), baseline=True, title="Random"))
    seal(runs, make_record("mymodel", "tvsum", score(0.9), title="My model", edition="planted"))
    with Store(runs) as store:
        keys = standing_keys(store.query())
        assert list(keys) == [
            StandingKey("tvsum", "full", "peruser-2fps"),
            StandingKey("tvsum", "planted", "peruser-2fps"),
        ]
        full, planted = (_standing(store, key) for key in keys)
    assert [group.title for group in full.groups] == [
        "Reference rows",
        "canonical-nonoverlap · selected by inner-val",
    ]
    assert full.groups[1].rows[0].title == "My model"
    assert not full.banner
    assert planted.banner.startswith("Planted data")
    assert planted.id == "standing-tvsum-planted-peruser-2fps"


def test_every_generated_edition_says_that_it_is_one(tmp_path: Path) -> None:
    seal(tmp_path, make_record("mymodel", "tvsum", score(0.9), edition="planted-xl"))
    with Store(tmp_path) as store:
        table = _standing(store, StandingKey("tvsum", "planted-xl", "peruser-2fps"))
    assert table.banner.startswith("Planted data") and table.cells[0].evidence == "planted"


def test_a_spoilt_input_is_said_on_the_row_never_ranked_and_no_row_of_a_paper(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name, value, ablated in (
        ("a", 0.1, ""), ("b", 0.2, ""), ("method", 0.3, ""), ("method", 0.9, "shuffle-pairs")
    ):  # fmt: skip
        seal(runs, make_record(name, "tvsum", score(value), ablated=ablated))
    with Store(runs) as store:
        table = _standing(store, StandingKey("tvsum", "full", "peruser-2fps"))
    spoilt = next(row for row in table.rows if row.flags)
    assert spoilt.flags == ("input: shuffled pairs",) and spoilt is table.rows[-1]
    assert {row.title: row.cells[0].rank for row in table.rows if not row.flags} == {
        "method": 1, "b": 2, "a": 3
    }  # fmt: skip
    assert spoilt.cells[0].rank is None
    condition = spoilt.cells[0].condition
    assert condition is not None and "input: shuffled pairs" in bar(condition)
    alone = make_record("method", "tvsum", score(0.9), ablated="permute-time")
    assert judgement(build(tmp_path / "other", alone)) is Judgement.NOT_RUN


def test_rows_of_one_method_that_differ_in_options_say_how(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for lr in (0.1, 0.01):
        seal(runs, make_record("mymodel", "tvsum", score(lr), options={"lr": lr, "depth": 3}))
    with Store(runs) as store:
        table = _standing(store, StandingKey("tvsum", "full", "peruser-2fps"))
    assert [row.flags for row in table.rows] == [("lr=0.1",), ("lr=0.01",)]


def test_a_tiny_preset_never_ranks_against_the_published_one(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name, preset, value in (("a", "paper", 0.1), ("b", None, 0.2), ("c", "tiny", 0.9)):
        seal(runs, make_record(name, "tvsum", score(value), preset=preset))
    with Store(runs) as store:
        table = _standing(store, StandingKey("tvsum", "full", "peruser-2fps"))
    assert {row.title: row.cells[0].rank for row in table.rows} == {"b": 1, "a": 2, "c": None}
    assert table.rows[-1].title == "c"


def test_predicted_runs_without_scores_are_on_no_board(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    seal(runs, make_record("method", "tvsum", score(0.3), status="predicted"))
    with Store(runs) as store:
        assert not standing_keys(store.query())
        assert judgement(PaperBuilder(PRINTED, store).build(board())) is Judgement.NOT_RUN


def test_board_names_made_of_foreign_names_are_safe_file_names_and_distinct() -> None:
    names = {StandingKey("../../etc", "full", p).id for p in ("a/b", "a\\b", "a b", "a_b")}
    assert len(names) == 4
    assert all("/" not in name and "\\" not in name and not name.startswith(".") for name in names)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("caption:", "captoin:", "'caption' is missing"),
        ("table:", "tabel: x\ntable:", r"key 'tabel' is not known.*'table'"),
        (
            "metric: kendall}",
            "metric: kendall, decimal: 3}",
            r"columns\[0\]: key 'decimal' is not known.*'decimals'",
        ),
        ("model: other}", "modell: other}", r"groups\[0\].rows\[1\]: 'model' is missing"),
        (
            "model: other}",
            "model: other, refrence: true}",
            r"groups\[0\].rows\[1\]: key 'refrence'.*'reference'",
        ),
        ("{tvsum: human-pairwise}", "{tvsun: human-pairwise}", r"names 'tvsun'.*'tvsum'"),
        ('table: "1"', "table: 1", r"table is 1, expected text"),
        ("schema: 1", "schema: 2", r"schema is 2"),
        ("id: board", "id: ../board", r"id is '../board'"),
        ("id: board", "id: board\nid: again", r"key 'id' stands twice"),
        ("title: Other", "title: A method", r"row 'A method' stands twice"),
        ("title: A table", "title: [A table]", r"title is a list, expected text"),
        ("title: A table", "title: !!python/object:os.system x", r"not a YAML document"),
        ("metric: kendall}", "metric: kendall, decimals: true}", r"decimals is True"),
    ],
)
def test_a_board_spec_that_says_anything_unknown_is_refused_with_its_path(
    old: str, new: str, message: str
) -> None:
    assert old in BOARD
    with pytest.raises(PluginError, match=f"(?s)board.yaml.*{message}"):
        board(BOARD.replace(old, new, 1))


def test_an_option_changed_by_hand_or_a_part_of_the_split_is_not_set_against_print() -> None:
    whole = Condition(
        edition="full",
        edition_version="1",
        preset="paper",
        split_set="canonical-nonoverlap",
        selection="inner-val",
        evidence="full",
        trained=True,
        evaluated=50,
        official=50,
    )
    assert bar(whole) == ""
    assert "own learning_rate" in bar(replace(whole, set_by_hand=("learning_rate",)))
    assert "48 of 50 videos" in bar(replace(whole, evaluated=48))
