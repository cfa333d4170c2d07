"""`vsumbench score --format`: result files of published code bases are scored here."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsumbench import errors
from vsumbench.cli import main

DENSE = "vsumbench_text_metrics.dense_specs:DENSE_2019"
FOUND = "vsumbench_text_metrics.dense_specs:DENSE_PRECISION,vsumbench_text_metrics.dense_specs:DENSE_RECALL"


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def content(self) -> dict[str, Any]:
        """What was printed as JSON."""
        found: dict[str, Any] = json.loads(self.out)
        return found


Command = Callable[..., Answer]


@pytest.fixture
def score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `vsumbench score` in an empty folder."""
    for name in [name for name in os.environ if name.startswith("VSUMBENCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["score", *map(str, arguments)])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, printed.out, printed.err)

    return call


def written(name: str, content: Any) -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def said(answer: Answer, kind: type[errors.VsumbenchError], *words: str) -> None:
    assert answer.code == kind.exit_code, answer
    (line,) = answer.err.splitlines()
    for word in words:
        assert word in line


@pytest.fixture
def summe(shared: Path) -> tuple[Any, ...]:
    """Options of the real annotations of SumMe, every video tested once."""
    return ("--dataset", "summe", "--split-set", "all", "--data-root", shared / "data")


def test_the_example_of_rethinking_evs_has_the_f1_of_its_own_evaluator(
    score: Command, summe: tuple[Any, ...], shared: Path
) -> None:
    file = shared / "data" / "predictions" / "rethinking_evs_example" / "example.json"
    shown = score(file, "--format", "rethinking-evs", *summe, "--protocol", "keyshot-f1-max")
    assert shown.code == 0 and "25 of 25 videos" in shown.out
    # Of the same file: the mean over videos of the best and of the mean over users of sklearn's F1.
    assert " 26.65 " in shown.out and " 11.47 " in shown.out


def test_the_example_of_por_covers_one_fold(score: Command, summe: tuple[Any, ...], shared: Path) -> None:
    file = shared / "data" / "predictions" / "por_example" / "example_binary_summary.json"
    asked = (file, "--format", "por", *summe, "--protocol", "keyshot-f1-max")
    said(score(*asked), errors.MissingPredictionError, "20 of 25 test videos", "--common")
    shown = score(*asked, "--common", "--json")
    assert shown.content["coverage"]["evaluated"] == 5 and shown.content["coverage"]["official"] == 25
    assert shown.content["results"][0]["value"] == pytest.approx(45.77, abs=0.005)


def test_files_of_five_splits_are_five_folds(
    score: Command, shared: Path, summe: tuple[Any, ...], tmp_path: Path
) -> None:
    with (shared / "data" / "summe" / "index.csv").open(encoding="utf-8") as stream:
        steps = {row["key"]: -(-int(row["n_frames"]) // 15) for row in csv.DictReader(stream)}
    splits = json.loads((shared / "data" / "splits" / "pglsum" / "summe_splits.json").read_text())
    draw = np.random.default_rng(3)
    files = [
        written(
            f"exp1/SumMe/results/split{number}/SumMe_199.json",
            {key: draw.random(steps[key]).tolist() for key in split["test_keys"]},
        )
        for number, split in enumerate(splits)
    ]
    asked = ("--format", "pgl-sum", "-d", "summe", "--data-root", shared / "data", "-p", "peruser-2fps")
    shown = score(*files, *asked, "--split-set", "canonical-redraw", "--json")
    assert shown.code == 0, shown.err
    assert shown.content["files"] == [str(file) for file in files]
    # Its five test sets cover 18 of the 25 videos.
    assert shown.content["coverage"] == {"evaluated": 18, "official": 18, "share": 1.0, "missing": []}
    assert all(len(result["folds"]) == 5 for result in shown.content["results"])
    wrong = score(*files, *asked, "--split-set", "canonical-nonoverlap")
    assert wrong.code in (errors.MissingPredictionError.exit_code, errors.PredictionError.exit_code)


REFERENCES = {
    "v_a": {"duration": 20, "timestamps": [[0, 10], [12, 18]], "sentences": ["A man runs.", "He stops."]},
    "v_b": {"duration": 9.5, "timestamps": [[0, 5]], "sentences": ["A dog sleeps."]},
}
MORE = {"v_a": {"duration": 20, "timestamps": [[0, 6]], "sentences": ["Somebody runs."]}}
RESULTS = {
    "version": "VERSION 1.0",
    "external_data": {},
    "results": {
        "v_a": [
            {"sentence": "a man runs", "timestamp": [0.0, 10.0]},
            {"sentence": "he falls", "timestamp": [19, 25]},
        ],
        "v_b": [{"sentence": "a dog sleeps", "timestamp": [0, 5]}],
    },
}


def test_dense_captions_meet_the_captions_of_several_files(score: Command) -> None:
    asked = (
        *(written("results.json", RESULTS), "--format", "densevid", "--protocol", DENSE, "--metrics", FOUND),
        *("--references", written("val_1.json", REFERENCES), "--references", written("val_2.json", MORE)),
    )
    shown = score(*asked, "--json")
    assert shown.code == 0, shown.err
    precision, recall = (result["value"] for result in shown.content["results"])
    # Video a: half of the predictions at every tIoU; of the second file's one event all below 0.6.
    assert precision == pytest.approx((50 + 100) / 2)
    assert recall == pytest.approx(((100 + 100 + 50 + 50) / 4 + 100) / 2)


def test_a_video_without_dense_captions_counts_0_unless_only_common_ones_are_asked_for(
    score: Command,
) -> None:
    results = {"results": {"v_b": RESULTS["results"]["v_b"]}}  # type: ignore[index]
    asked = (
        *(written("results.json", results), "--format", "densevid", "--protocol", DENSE, "--metrics", FOUND),
        *("--references", written("val_1.json", REFERENCES), "--json"),
    )
    shown = score(*asked)
    assert [result["value"] for result in shown.content["results"]] == [50, 50]
    assert shown.content["coverage"] == {"evaluated": 1, "official": 2, "share": 0.5, "missing": ["v_a"]}
    assert "1 of 2 videos have no prediction and are scored as empty, the first is 'v_a'" in shown.err
    common = score(*asked, "--common")
    assert [result["value"] for result in common.content["results"]] == [100, 100]
    assert common.err == ""


def test_selections_in_the_neutral_format_need_no_shots_either(
    score: Command, summe: tuple[Any, ...], shared: Path
) -> None:
    Path("pred.jsonl").write_text('{"id": "video_3", "segments": [[0, 10]]}\n', encoding="utf-8")
    shown = score("pred.jsonl", *summe, "--protocol", "keyshot-f1-max", "--common")
    assert shown.code == 0 and "1 of 25 videos" in shown.out
    Path("pred.jsonl").write_text('{"id": "video_3", "importance": [0, 1]}\n', encoding="utf-8")
    shown = score("pred.jsonl", *summe, "--protocol", "keyshot-f1-max", "--common")
    said(shown, errors.MismatchError, "needs change points")


def test_what_does_not_fit_together_is_refused(score: Command) -> None:
    file, reference = written("results.json", RESULTS), written("val_1.json", REFERENCES)
    asked = (file, "--protocol", DENSE, "--metrics", FOUND, "--references", reference)
    said(score(*asked, "--format", "densvid"), errors.UsageError, "no format 'densvid'", "'densevid'")
    said(score(*asked, "--format", "llmvs"), errors.UsageError, "writes no result file", "pgl-sum")
    said(score(*asked, "--format", "por", "--references", reference), errors.UsageError, "2 files")
    said(score(file, file, *asked[1:]), errors.UsageError, "result files of one --format")
    said(score(*asked, "--format", "densevid", "--dataset", "toy"), errors.UsageError, "give one of them")
    said(score(Path.cwd(), *asked[1:], "--format", "densevid"), errors.DataMissingError, "cannot be read")
    unknown = written("other.json", {"results": {"v_c": []}})
    said(
        score(unknown, *asked[1:], "--format", "densevid"),
        errors.PredictionError,
        "other.json: key 'v_c'",
        "one of the 2 videos",
    )
