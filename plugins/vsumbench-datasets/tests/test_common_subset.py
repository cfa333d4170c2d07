"""Runs on different parts of a dataset: what is missing is said, and both are scored on what they share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from vsumbench_datasets.summe.splits import NAMES, NONOVERLAP

from vsumbench.cli import main
from vsumbench.records.record import load_record

Write = Callable[..., Path]


@pytest.fixture
def summe(write_ground_truth: Write) -> Iterator[Path]:
    """The data root of a SumMe of 25 tiny videos."""
    for name in NAMES:
        folder = write_ground_truth(name)
    yield folder.parent


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    """A verb in this process: exit code, JSON it printed, standard error."""
    with pytest.raises(SystemExit) as left:
        main([*words, "--json"])
    said = capsys.readouterr()
    return int(left.value.code or 0), json.loads(said.out) if said.out else None, said.err


def make_run(capsys: pytest.CaptureFixture[str], root: Path, model: str, *more: str) -> Path:
    runs = str(root.parent / "runs")
    words = ("--model", model, "--dataset", "summe", "--protocol", "peruser-full", "--runs", runs)
    code, outcome, _ = run(capsys, "run", *words, "--data-root", str(root), "--edition", "annotations", *more)
    assert code == 0
    return Path(outcome["folder"])


def test_a_missing_test_video_is_recorded_and_lowers_the_evidence(
    summe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (summe / "summe" / "GT" / "Jumps.mat").unlink()
    record = load_record(make_run(capsys, summe, "uniform"))
    assert record.coverage.missing == ("video_12",)
    assert (record.coverage.evaluated, record.coverage.official, record.evidence) == (24, 25, "sample")


def test_runs_on_different_parts_are_scored_on_what_they_share(
    summe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = make_run(capsys, summe, "random", "--repetitions", "2")
    sealed = (whole / "record.json").read_bytes()
    hidden = (summe / "summe" / "GT" / "Jumps.mat").rename(summe / "Jumps.mat")
    part = make_run(capsys, summe, "random", "--repetitions", "2", "--seed", "1")
    hidden.rename(summe / "summe" / "GT" / "Jumps.mat")
    words = ("score", str(whole), str(part), "--common", "--data-root", str(summe))
    code, found, said = run(capsys, *words)
    assert code == 0 and "was made on other files" in said
    assert [one["evaluated"] for one in found] == [24, 24]
    assert [one["other_data"] for one in found] == [False, True]
    # The run that lacked the video scores there what it scored before; the other one does not.
    before = {score.metric: score.value for score in load_record(part).scores}
    assert {score["metric"]: score["value"] for score in found[1]["results"]} == before
    all_videos = {score.metric: score.value for score in load_record(whole).scores}
    assert {score["metric"]: score["value"] for score in found[0]["results"]} != all_videos
    assert (whole / "record.json").read_bytes() == sealed


def test_runs_of_other_split_sets_have_nothing_in_common(
    summe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = make_run(capsys, summe, "uniform")
    other = make_run(capsys, summe, "uniform", "--split-set", "canonical-redraw")
    code, _, said = run(capsys, "score", str(one), str(other), "--common", "--data-root", str(summe))
    assert code == 20 and "no common videos" in said


def test_a_run_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "score", str(tmp_path), str(tmp_path / "other"), "--common")
    assert code == 30 and f"{tmp_path / 'other'} is not there" in said


def test_one_run_has_nothing_to_share(summe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = make_run(capsys, summe, "uniform")
    code, _, said = run(capsys, "score", str(one), "--common")
    assert code == 2 and "Name two or more" in said


def test_missing_training_videos_are_said_and_recorded(
    summe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (summe / "summe" / "GT" / "Jumps.mat").unlink()
    folder = make_run(capsys, summe, "mean-position", "--selection", "last-epoch")
    record = load_record(folder)
    assert record.coverage.missing_training == ("video_12",)
    request = json.loads((folder / "request.json").read_text())
    assert any("training and validation videos" in line and "video_12" in line for line in request["notices"])
    with pytest.raises(SystemExit):
        main(["score", str(folder), "--data-root", str(summe)])
    assert "1 of the videos it would have learned from are missing" in capsys.readouterr().out
    tested = [fold for fold in NONOVERLAP if 12 in fold]
    assert len(tested) == 1
