"""Sweeps: axes from YAML and globs, one line a run, failures contained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsumbench.cli import main
from vsumbench.errors import UsageError
from vsumbench.running.sweeping import read_sweep


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_a_yaml_file_expands_models_seeds_and_option_axes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(
        "models: [uniform, random]\ndatasets: toy\nseeds: [0, 1]\noptions:\n  uniform: {share: [0.1, 0.2]}\n"
    )
    status, out, _ = run(capsys, "sweep", str(file), "--dry-run", "--json")
    planned = json.loads(out)
    assert status == 0
    assert len(planned) == 2 * 2 + 2
    assert {tuple(row.get("options", ())) for row in planned} == {("share=0.1",), ("share=0.2",), ()}


@pytest.mark.parametrize("from_file", [True, False])
def test_every_run_of_a_sweep_is_given_the_features_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], from_file: bool
) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text("models: [uniform, random]\ndatasets: toy\nfeatures: [color-motion]\n")
    axes = ["-m", "uniform", "-m", "random", "-d", "toy", "--features", "color-motion"]
    words = [str(file)] if from_file else axes
    status, out, _ = run(capsys, "sweep", *words, "--dry-run", "--json")
    assert status == 0 and [row["features"] for row in json.loads(out)] == [["color-motion"]] * 2
    # Toy has no frames, so that each of them says that it cannot.
    status, out, _ = run(capsys, "sweep", *words, "--runs", str(tmp_path), "--json")
    assert status == 3 and all("no frames to extract from" in row["reason"] for row in json.loads(out))


def test_a_failed_run_stops_nothing_else_and_is_the_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(
        *(capsys, "sweep", "-m", "human", "-m", "uniform", "-d", "toy", "-p", "peruser-2fps"),
        *("--split-set", "all", "--runs", str(tmp_path), "--json"),
    )
    states = {row["model"]: row["state"] for row in json.loads(out)}
    assert status == 0 and states == {"human": "sealed", "uniform": "sealed"}, err
    status, out, err = run(
        *(capsys, "sweep", "-m", "random", "-m", "uniform", "-d", "toy", "-p", "peruser-2fps"),
        *("--split-set", "all", "--runs", str(tmp_path), "--json"),
    )
    rows = json.loads(out)
    assert status == 3
    assert [row["state"] for row in rows] == ["failed", "already sealed"]
    assert "no training videos" in rows[0]["reason"]
    assert "1 of 2 runs failed" in err


def test_a_glob_in_run_stands_for_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(
        capsys, "run", "-m", "u*", "-d", "to*", "-p", "peruser-2fps", "--runs", str(tmp_path), "--json"
    )
    assert status == 0
    assert [(row["model"], row["state"]) for row in json.loads(out)] == [("uniform", "sealed")]


def test_a_glob_that_matches_nothing_is_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "sweep", "-m", "zz*", "-d", "toy")
    assert status == 10 and "vsumbench list models" in err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models: [uniform]\n", "datasets is missing"),
        ("modles: [uniform]\ndatasets: [toy]\n", "Did you mean 'models'"),
        ("models: [uniform]\ndatasets: [toy]\nseeds: [a]\n", "seeds must be a list of int"),
        ("models: [06]\ndatasets: [toy]\n", "models must be a list of str"),
        ("models: [uniform]\ndatasets: [toy]\noptions: [1]\n", "options must map models to options"),
    ],
)
def test_a_sweep_file_with_a_mistake_says_which(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=says):
        read_sweep(file)


def test_a_spoilt_input_is_an_axis_and_its_results_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axis = ("--ablate-input", "none", "--ablate-input", "shuffle-pairs")
    status, out, _ = run(capsys, "sweep", "-m", "random", "-d", "toy", *axis, "--dry-run", "--json")
    assert status == 0 and [row.get("ablate_input") for row in json.loads(out)] == [None, "shuffle-pairs"]
    asked = ("run", "-m", "random", "-d", "toy", "-p", "peruser-2fps", "--runs", str(tmp_path))
    status, out, err = run(capsys, *asked, "--ablate-input", "shuffle-pairs", "--repetitions", "1")
    assert status == 0 and "input: shuffled pairs" in out, err
    status, _, err = run(capsys, *asked, "--ablate-input", "permute-time")
    assert status == 20 and "reads neither features nor frames" in err
    status, _, err = run(capsys, *asked, "--ablate-input", "shuffle")
    assert status == 2
