"""The verb `compare`: what it prints, what it refuses, and what it does not claim."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from scored_runs import corpus_text, folded, scored_run, write_run

from vsumbench.cli import VERBS
from vsumbench.cli.compare import command
from vsumbench.errors import (
    DataMissingError,
    MismatchError,
    RecordError,
    UnknownMetricError,
    UnknownProtocolError,
    UsageError,
)
from vsumbench.leaderboard.statistics.power import detectable
from vsumbench.testing.sealed import make_record, make_score

KENDALL = ("peruser-2fps", "kendall")
SPEARMAN = ("peruser-2fps", "spearman")


def drawn(shift: float, seed: int, n: int = 50) -> list[float]:
    videos = np.random.default_rng(99).normal(0.2, 0.1, n)
    return (videos + shift + np.random.default_rng(seed).normal(0, 0.02, n)).tolist()


def run(runs: Path, folder: str, shift: float, seed: int = 0, **facts: Any) -> None:
    scores = {
        KENDALL: folded(drawn(shift, 10 + seed)),
        SPEARMAN: folded(drawn(shift, 20 + seed)),
    }
    facts = {"coverage": (50, 50), "seed": seed, **facts}
    scored_run(runs, "csta", scores, folder=folder, **facts)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    run(folder, "low", 0.0)
    run(folder, "high", 0.1, 1, options={"lr": 0.1}, preset="tiny")
    return folder


def call(*arguments: object) -> str:
    result = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def content(*arguments: object) -> dict[str, Any]:
    found = json.loads(call(*arguments, "--json"))
    assert isinstance(found, dict)
    return found


def test_the_verb_is_there() -> None:
    assert "compare" in VERBS


def test_runs_are_named_by_folder_or_below_runs(runs: Path) -> None:
    by_name, by_folder = call("low", "high", "--runs", runs), call(runs / "low", runs / "high")
    assert by_name == by_folder


def test_differences_are_of_each_run_and_the_first(runs: Path) -> None:
    first = content("low", "high", "--runs", runs)["results"][0]
    (other,) = first["others"]
    found = other["comparison"]
    values = first["values"]
    assert found["difference"] == pytest.approx(values[1] - values[0])
    assert found["interval"]["low"] < found["difference"] < found["interval"]["high"]
    assert found["p"] == pytest.approx(1 / 10_001)
    assert found["p_adjusted"] == pytest.approx(2 / 10_001)
    assert found["distinguishable"] is True
    assert first["videos"] == 50


def test_the_videos_of_largest_disagreement_and_the_detectable_difference(runs: Path) -> None:
    (other,) = content("low", "high", "--runs", runs, "--metric", "kendall")["results"][0]["others"]
    apart = np.array(drawn(0.1, 11)) - np.array(drawn(0.0, 10))
    expected = [f"v{i:02d}" for i in np.argsort(-np.abs(apart))[:5]]
    assert [one["video"] for one in other["disagreements"]] == expected
    first = other["disagreements"][0]
    assert first["other"] - first["first"] == pytest.approx(apart[np.argmax(np.abs(apart))])
    assert other["detectable"] == pytest.approx(detectable(float(np.std(apart, ddof=1)), 50))


def test_what_differs_between_the_runs_is_said(runs: Path) -> None:
    said = call("low", "high", "--runs", runs)
    facts = {fact["name"]: fact["values"] for fact in content("low", "high", "--runs", runs)["differs"]}
    assert facts == {"preset": ["none", "tiny"], "option lr": ["", "0.1"], "seed": ["0", "1"]}
    for word in ("option lr", "tiny", "peruser-2fps kendall", "50 videos", "< 0.001", "different"):
        assert word in said


def test_equal_runs_are_not_told_apart(runs: Path) -> None:
    scores = {KENDALL: folded(drawn(0.0, 10)), SPEARMAN: folded(drawn(0.0, 20))}
    scored_run(runs, "csta", scores, folder="again", coverage=(50, 50), seed=7)
    first = content("low", "again", "--runs", runs)["results"][0]
    assert first["others"][0]["comparison"]["p"] == 1.0
    assert first["others"][0]["disagreements"] == []
    assert "not distinguishable" in call("low", "again", "--runs", runs)


def test_several_runs_are_corrected_together(runs: Path) -> None:
    run(runs, "other", 0.005, 2)
    results = content("low", "high", "other", "--runs", runs)["results"]
    tested = [one["comparison"] for result in results for one in result["others"]]
    assert len(tested) == 4
    smallest = min(tested, key=lambda one: one["p"])
    assert smallest["p_adjusted"] == pytest.approx(4 * smallest["p"])


def test_only_the_protocol_and_metric_asked_for_are_compared(runs: Path) -> None:
    found = content("low", "high", "--runs", runs, "-p", "peruser-2fps", "--metric", "spearman")
    assert [(one["protocol"], one["metric"]) for one in found["results"]] == [SPEARMAN]


def test_runs_on_different_videos_are_compared_on_the_common_ones(runs: Path) -> None:
    part = dict(list(folded(drawn(0.1, 11)).items())[:42])
    scored_run(runs, "csta", {KENDALL: part}, folder="part", coverage=(42, 50), seed=5)
    whole = content("low", "part", "--runs", runs)["results"][0]
    assert (whole["videos"], whole["own_videos"], whole["on_common"]) == (42, [50, 42], False)
    common = content("low", "part", "--runs", runs, "--common")["results"][0]
    difference = common["others"][0]["comparison"]["difference"]
    assert common["values"][0] != whole["values"][0]
    assert difference == pytest.approx(common["values"][1] - common["values"][0])
    assert "42 common videos, of 50, 42" in call("low", "part", "--runs", runs)


def test_a_corpus_metric_of_different_videos_names_the_command_that_compares_it(tmp_path: Path) -> None:
    for folder, size in (("a", 4), ("b", 3)):
        corpus_run(tmp_path, folder, size)
    found = content("a", "b", "--runs", tmp_path)["results"][0]
    assert found["others"] == []
    assert "--common" in found["remark"]
    assert "vsumbench score" in call("a", "b", "--runs", tmp_path)
    # It is a command as it stands: `score` takes folders and not the names of runs.
    folders = [str((tmp_path / name).resolve()) for name in ("a", "b")]
    assert f"`vsumbench score {shlex.join(folders)} --common`" in found["remark"]


def corpus_run(runs: Path, folder: str, size: int, shift: int = 0) -> None:
    """A run with the BLEU-4 of some texts, of which matches differ by `shift`."""
    from dataclasses import replace
    from hashlib import sha256

    from vsumbench.scoring.bleu import bleu

    rows = [[9.0 - shift, 6, 4, 2, 12, 11, 10, 9, 12, 11 + i] for i in range(size)]
    value = float(100 * bleu(np.array(rows).sum(axis=0)[None])[0, -1])
    texts = {
        "scores/paragraph/bleu4.csv": "fold,id,bleu4\n",
        "scores/paragraph/bleu4.jsonl": corpus_text({"f": ([f"v{i}" for i in range(size)], value, rows)}),
    }
    record = make_record(
        "m", "videoxum", [make_score("paragraph", "bleu4", value, scale="percent")], coverage=(size, 4)
    )
    files = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    write_run(runs, replace(record, files=files), texts, folder)


def test_a_corpus_metric_of_the_same_videos_is_compared_by_its_statistics(tmp_path: Path) -> None:
    corpus_run(tmp_path, "a", 4)
    corpus_run(tmp_path, "b", 4, shift=2)
    found = content("a", "b", "--runs", tmp_path)["results"][0]
    comparison = found["others"][0]["comparison"]
    assert comparison["difference"] == pytest.approx(found["values"][1] - found["values"][0])
    # All four texts lose: of 16 ways to swap, only all and none go as far.
    assert comparison["p"] == 2 / 16
    assert found["others"][0]["detectable"] is None


def test_planted_runs_get_no_verdict(tmp_path: Path) -> None:
    for folder, shift in (("low", 0.0), ("high", 0.1)):
        run(tmp_path, folder, shift, int(10 * shift), edition="planted")
    found = content("low", "high", "--runs", tmp_path)
    assert found["planted"] is True
    assert all(one["comparison"]["distinguishable"] is None for r in found["results"] for one in r["others"])
    said = call("low", "high", "--runs", tmp_path)
    assert "No verdict is given" in said
    assert "different" not in said.replace("differs", "")


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"edition": "sample"}, "edition full and sample"),
        ({"split_set": "canonical-redraw"}, "split set canonical-nonoverlap and canonical-redraw"),
    ],
)
def test_runs_on_other_data_are_refused_by_name(runs: Path, facts: dict[str, Any], what: str) -> None:
    run(runs, "elsewhere", 0.1, 3, **facts)
    with pytest.raises(MismatchError, match=what):
        call("low", "elsewhere", "--runs", runs)


def test_runs_on_another_dataset_are_refused(runs: Path) -> None:
    scored_run(runs, "csta", {KENDALL: folded(drawn(0, 1))}, dataset="summe", folder="summe")
    with pytest.raises(MismatchError, match="dataset tvsum and summe"):
        call("low", "summe", "--runs", runs)


def test_runs_that_share_no_score_are_refused(runs: Path) -> None:
    scored_run(runs, "csta", {("keyshot-f1-avg", "f1"): folded(drawn(0, 1))}, folder="f1", seed=4)
    with pytest.raises(MismatchError, match="share no score"):
        call("low", "f1", "--runs", runs)


def test_a_score_that_only_one_run_has_is_left_out_and_said(runs: Path) -> None:
    scored_run(runs, "csta", {KENDALL: folded(drawn(0, 1))}, folder="one", seed=4, coverage=(50, 50))
    said = call("low", "one", "--runs", runs)
    assert "Left out: peruser-2fps spearman: not every run has it." in said


def test_bad_names_are_refused_clearly(runs: Path) -> None:
    (runs / "empty").mkdir()
    run(runs, "predicted", 0.1, 9, status="predicted")
    for names, error in (
        (["low"], UsageError),
        (["low", "low"], UsageError),
        (["low", "nothing"], DataMissingError),
        (["low", "empty"], RecordError),
        (["low", "predicted"], RecordError),
        (["low", "high", "-p", "nothing"], UnknownProtocolError),
        (["low", "high", "--metric", "nothing"], UnknownMetricError),
    ):
        with pytest.raises(error):
            call(*names, "--runs", runs)


def test_a_changed_file_of_scores_is_warned_of_and_not_compared(runs: Path) -> None:
    path = runs / "high/scores/peruser-2fps/kendall.csv"
    path.write_text(path.read_text() + "\n")
    found = content("low", "high", "--runs", runs)
    assert "was changed after the run was sealed" in found["warnings"][0]
    assert "not the file that was sealed" in found["results"][0]["remark"]
    assert found["results"][1]["others"] != []
    result = CliRunner().invoke(command, ["low", "high", "--runs", str(runs)])
    assert "was changed" in result.stderr
    assert "was changed" not in result.stdout


def test_printing_twice_gives_the_same_bytes(runs: Path) -> None:
    assert call("low", "high", "--runs", runs) == call("low", "high", "--runs", runs)


def test_names_of_videos_cannot_move_the_cursor(tmp_path: Path) -> None:
    for seed, folder in enumerate(("a", "b")):
        scores = {KENDALL: {("f", f"\x1b[2Jv{i}"): float(i * seed) for i in range(4)}}
        scored_run(tmp_path, "m", scores, folder=folder, seed=seed)
    assert "\x1b" not in call("a", "b", "--runs", tmp_path)
