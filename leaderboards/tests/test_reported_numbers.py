"""The numbers of the papers, held to the transcription they come from, and the boards that show them."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from vsumbench_leaderboards import milora_visum, mllm_semantic, v2xum_llm, vtsum_blip_local_attention

from vsumbench.leaderboard.build import PaperBuilder
from vsumbench.leaderboard.specfile import load_boards
from vsumbench.store.reported import UNKNOWN, ReportedNumber, load_reported, same_measurement

SPECS = (milora_visum.SPEC, vtsum_blip_local_attention.SPEC, v2xum_llm.SPEC, mllm_semantic.SPEC)
DATASETS = {"ActivityNet": "activitynet-captions", "ActivityNetCap": "activitynet-captions"}
METRICS = {
    "f_clip": "f-clip",
    "cross_f_clip": "cross-f-clip",
    "vt_clipscore": "vt-clipscore",
    "training_hours": "training-hours",
    "inference_latency_ms": "latency-ms",
    "trainable_params_pct": "trainable-share",
    "n_videos": "n-videos",
}


@pytest.fixture(scope="module")
def numbers() -> tuple[ReportedNumber, ...]:
    return load_reported(SPECS)


@pytest.fixture(scope="module")
def transcription() -> list[dict[str, str]]:
    default = Path(__file__).parents[3] / "shared"
    path = Path(os.environ.get("VSUMBENCH_SHARED", default)) / "papers" / "reported.csv"
    if not path.is_file():
        pytest.skip(f"needs the transcription of the papers at {path}; set VSUMBENCH_SHARED")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def canonical(row: dict[str, str]) -> tuple[str, ...]:
    """A row of the transcription in canonical names."""
    metric = METRICS.get(row["metric"], row["metric"])
    if metric == "rougeL" and row["paper"] != "milora-visum":
        # Two metrics of one name: that of pycocoevalcap in these papers, that of rouge-score in the other.
        metric = "rougeL-coco"
    dataset = DATASETS.get(row["dataset"], row["dataset"].lower())
    cell = (row["paper"], row["table"], row["method"], dataset, row["task"].lower(), metric)
    return (*cell, row["value"], row["scale"])


def as_stored(n: ReportedNumber) -> tuple[str, ...]:
    return (n.paper, n.table, n.row, n.dataset, n.task, n.metric, n.value, n.scale)


def test_all_429_values_stand_as_transcribed_to_the_last_printed_digit(
    numbers: tuple[ReportedNumber, ...], transcription: list[dict[str, str]]
) -> None:
    assert len(transcription) == 429
    assert Counter(map(as_stored, numbers)) == Counter(map(canonical, transcription))


def test_notes_of_the_transcription_are_kept(
    numbers: tuple[ReportedNumber, ...], transcription: list[dict[str, str]]
) -> None:
    stored = {as_stored(number): number.note for number in numbers}
    for row in transcription:
        assert row["note"] in stored[canonical(row)]


def test_every_paper_holds_its_share(numbers: tuple[ReportedNumber, ...]) -> None:
    found = Counter(number.paper for number in numbers)
    assert found == {
        "milora-visum": 112,
        "vtsum-blip-local-attention": 24,
        "v2xum-llm": 217,
        "mllm-semantic": 76,
    }


def test_a_measurement_printed_twice_is_one_number_with_two_sources(
    numbers: tuple[ReportedNumber, ...],
) -> None:
    groups = same_measurement(numbers)
    by_key = {number.key: number for number in numbers}
    for key, group in groups.items():
        assert {number.value for number in group} == {by_key[key].value}
        assert {number.metric for number in group} == {by_key[key].metric}
    between = {
        (n.row, n.metric)
        for n in numbers
        if n.paper == "vtsum-blip-local-attention" and len(groups[n.key]) > 1
    }
    v2v = {"f1", "kendall", "spearman"}
    shared = {("Base", metric) for metric in v2v}
    shared |= {("TT+CA", metric) for metric in v2v | {"bleu4", "meteor", "rougeL-coco", "cider"}}
    assert between == shared


def test_papers_that_settle_no_protocol_are_marked_unknown(numbers: tuple[ReportedNumber, ...]) -> None:
    assert {n.protocol for n in numbers if n.paper == "milora-visum"} == {UNKNOWN}
    assert {n.protocol for n in numbers if n.paper == "v2xum-llm" and n.table == "3"} == {UNKNOWN}


@pytest.mark.parametrize(
    ("paper", "row", "words"),
    [
        ("mllm-semantic", "Human", "segment numbers as stored, not on importance"),
        ("mllm-semantic", "VASNet", "not in the method's own paper"),
        ("mllm-semantic", "PGL-SUM", "tau above rho: the pair is probably swapped"),
        ("mllm-semantic", "A2Summ", "paper v2xum-llm prints other values"),
        ("mllm-semantic", "iPTNet", "paper v2xum-llm prints other values"),
        ("v2xum-llm", "Human", "Kendall above Spearman: the pair is probably swapped"),
        ("v2xum-llm", "A2Summ", "paper mllm-semantic prints other values"),
        ("v2xum-llm", "V2Xum-LLaMA-7B (ours)", "the 15 % rule does not apply"),
        ("v2xum-llm", "V2Xum-LLaMA-7B", "the length penalty of CIDEr decides"),
        ("milora-visum", "Son et al. [34]", "writes no text"),
        ("milora-visum", "He et al. [2]", "writes no text"),
        ("milora-visum", "Combined MiLoRA", "prints 0.911"),
        ("milora-visum", "MiLoRA-ViSum", "unit timed (frame, token, video) not stated"),
        ("milora-visum", "MiLoRA-ViSum", "denominator not stated"),
    ],
)
def test_what_is_doubtful_about_a_printed_number_stands_beside_it(
    numbers: tuple[ReportedNumber, ...], paper: str, row: str, words: str
) -> None:
    assert any(words in number.note for number in numbers if (number.paper, number.row) == (paper, row))


def test_a_metric_keeps_the_scale_each_table_prints_it_in(numbers: tuple[ReportedNumber, ...]) -> None:
    scales = {n.table: n.scale for n in numbers if n.paper == "v2xum-llm" and n.metric == "f-clip"}
    assert (scales["2"], scales["4"]) == ("fraction", "percent")


def test_human_and_random_rows_name_the_protocols_they_follow(numbers: tuple[ReportedNumber, ...]) -> None:
    rows = {
        (n.row, n.protocol) for n in numbers if n.paper == "mllm-semantic" and n.row in ("Human", "Random")
    }
    assert rows == {("Human", "human-pairwise"), ("Random", "peruser-full")}


def test_every_number_of_a_method_names_a_canonical_model(numbers: tuple[ReportedNumber, ...]) -> None:
    for number in numbers:
        assert bool(number.model) == (number.task != "dataset"), number.key
        assert re.fullmatch(r"[a-z0-9-]*(\[[a-z0-9-]+\])?", number.model), number.key


TABLES = {
    "milora-visum": (
        "table-1",
        "table-2",
        "table-3",
        "table-4",
        "table-5",
        "figure-2",
        "figure-3",
        "figure-4",
    ),
    "vtsum-blip-local-attention": ("table-1", "figure-4"),
    "v2xum-llm": ("table-1", "table-2", "table-3", "table-4", "table-5", "figure-2"),
    "mllm-semantic": ("table-1", "table-2", "figure-3"),
}


def test_there_is_a_board_for_every_table_and_for_the_figures() -> None:
    boards = {board.id for spec in SPECS for board in load_boards(spec)}
    assert boards == {f"{paper}-{name}" for paper, names in TABLES.items() for name in names}


def test_each_number_stands_in_one_cell_of_the_board_of_its_table_and_in_the_one_it_names(
    numbers: tuple[ReportedNumber, ...],
) -> None:
    shown: dict[str, str] = {}
    for spec in SPECS:
        for board in load_boards(spec):
            if not board.is_table:
                continue
            table = PaperBuilder(numbers).build(board)
            assert table.label == f"Table {board.table}"
            rows = {(row.title, row.dataset): row.reported for row in board.rows}
            for row in table.rows:
                for cell, column in zip(row.cells, table.columns, strict=True):
                    if cell.reported is not None:
                        dataset = column.dataset or row.dataset
                        name = rows[row.title, row.dataset]
                        key = ":".join((spec.id, board.table, name, dataset, column.metric))
                        assert key not in shown
                        shown[key] = cell.reported.text
    assert shown == {number.key: number.value for number in numbers}
    assert len(shown) == 429


def test_rows_stand_in_the_order_of_print(numbers: tuple[ReportedNumber, ...]) -> None:
    for spec in SPECS:
        for board in (board for board in load_boards(spec) if board.is_table):
            there = [(n.row, n.dataset) for n in numbers if n.paper == spec.id and n.table == board.table]
            by_row = any(row.dataset for row in board.rows)
            printed = list(dict.fromkeys((row, dataset if by_row else "") for row, dataset in there))
            ours = [(row.reported, row.dataset) for row in board.rows if not row.ours]
            assert ours == printed, board.id


def test_words_of_a_table_stand_in_its_columns_and_no_longer_in_notes(
    numbers: tuple[ReportedNumber, ...],
) -> None:
    (board,) = [board for board in load_boards(v2xum_llm.SPEC) if board.id == "v2xum-llm-table-1"]
    table = PaperBuilder(numbers).build(board)
    titles = [column.title for column in table.extra_columns]
    assert titles == ["Domain", "Annotation", "V2V", "V2T", "V2VT", "Instruction"]
    (row,) = [row for row in table.rows if row.title == "SumMe [14]"]
    words = ["Events, holidays, sports", "M", "yes", "no", "no", "no"]
    assert [extra.value for extra in row.extras] == words
    assert all(column.printed for column in table.extra_columns)
    assert not any("domain=" in note for note in table.notes)
