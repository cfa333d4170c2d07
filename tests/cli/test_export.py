"""The verb `export`: one long table of sealed runs."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsumbench.cli.export import command
from vsumbench.errors import DataMissingError, UsageError
from vsumbench.testing.sealed import make_record, make_score, seal


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    scores = [
        make_score("peruser-2fps", "kendall", 0.2, folds=(0.1, 0.3)),
        make_score("peruser-2fps", "spearman", None, reason="constant scores"),
    ]
    seal(folder, make_record("csta", "tvsum", scores, options={"width": 3}), "one")
    seal(folder, make_record("=cmd", "summe", scores[:1], edition="planted"), "two")
    seal(folder, make_record("csta", "summe", (), status="predicted"), "three")
    return folder


def call(*arguments: object) -> str:
    result = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def lines_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_score_of_every_complete_run_is_a_line(runs: Path) -> None:
    found = lines_of(call("--runs", runs))
    assert [(line["run"], line["metric"], line["value"]) for line in found] == [
        ("one", "kendall", "0.2"),
        ("one", "spearman", ""),
        ("two", "kendall", "0.2"),
    ]
    first, undefined, other = found
    assert json.loads(first["options"]) == {"width": 3} and json.loads(first["folds"]) == [0.1, 0.3]
    assert undefined["undefined"] == "constant scores"
    assert (other["model"], other["edition"], other["evidence"]) == ("'=cmd", "planted", "planted")


def test_names_and_options_choose_runs_and_scores(runs: Path) -> None:
    assert {line["run"] for line in lines_of(call("--runs", runs, "two"))} == {"two"}
    assert {line["run"] for line in lines_of(call("--runs", runs, runs / "one"))} == {"one"}
    assert {line["run"] for line in lines_of(call("--runs", runs, "--dataset", "tvsum"))} == {"one"}
    assert [line["metric"] for line in lines_of(call("--runs", runs, "--metric", "spearman"))] == ["spearman"]


def test_the_ending_of_the_file_says_the_format(runs: Path, tmp_path: Path) -> None:
    said = call("--runs", runs, "--out", tmp_path / "scores.jsonl")
    assert "3 scores of 2 runs" in said
    lines = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert [line["value"] for line in lines] == [0.2, None, 0.2] and lines[2]["model"] == "=cmd"
    with pytest.raises(UsageError, match="xlsx"):
        call("--runs", runs, "--out", tmp_path / "scores.xlsx")
    call("--runs", runs, "--out", tmp_path / "scores.xlsx", "--format", "csv")


def test_a_line_may_be_a_video_in_a_fold(tmp_path: Path) -> None:
    table = "fold,id,kendall\na,v1,0.25\na,v2,\nb,v1,0.75\n"
    record = make_record("csta", "tvsum", [make_score("peruser-2fps", "kendall", 0.5, folds=(0.25, 0.75))])
    path = "scores/peruser-2fps/kendall.csv"
    folder = seal(tmp_path, replace(record, files={path: hashlib.sha256(table.encode()).hexdigest()}), "one")
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_text(table)
    found = lines_of(call("--runs", tmp_path, "--by-video"))
    assert [(line["fold"], line["id"], line["value"]) for line in found] == [
        ("a", "v1", "0.25"),
        ("a", "v2", ""),
        ("b", "v1", "0.75"),
    ]
    (folder / path).write_text(table.replace("0.25", "0.26"))
    result = CliRunner().invoke(command, ["--runs", str(tmp_path), "--by-video"])
    assert result.stdout == "" and "was changed after the run was sealed" in result.stderr


def test_a_folder_elsewhere_is_taken_and_not_its_namesake_below_runs(runs: Path, tmp_path: Path) -> None:
    table = "fold,id,kendall\na,v1,0.75\n"
    path = "scores/peruser-2fps/kendall.csv"
    record = make_record("vasnet", "tvsum", [make_score("peruser-2fps", "kendall", 0.75)])
    digest = {path: hashlib.sha256(table.encode()).hexdigest()}
    other = seal(tmp_path / "elsewhere", replace(record, files=digest), "one")
    (other / path).parent.mkdir(parents=True)
    (other / path).write_text(table)
    (line,) = lines_of(call("--runs", runs, other))
    assert (line["run"], line["model"], line["value"]) == ("one", "vasnet", "0.75")
    (video,) = lines_of(call("--runs", runs, other, "--by-video"))
    assert (video["id"], video["value"]) == ("v1", "0.75")
    both = lines_of(call("--runs", runs, other, runs / "one", "--metric", "kendall"))
    assert [line["run"] for line in both] == [str(other.resolve()), str((runs / "one").resolve())]


def test_a_named_run_without_what_was_asked_for_is_refused(runs: Path) -> None:
    with pytest.raises(DataMissingError, match="'two'"):
        call("--runs", runs, "one", "two", "--dataset", "tvsum")
    with pytest.raises(UsageError, match="named twice"):
        call("--runs", runs, "one", runs / "one")


def test_what_is_not_there_is_said(runs: Path) -> None:
    with pytest.raises(DataMissingError, match="'three'"):
        call("--runs", runs, "three")
    with pytest.raises(DataMissingError, match="has what was asked for"):
        call("--runs", runs, "--model", "nobody")
