"""Failed runs, repeated runs, and what makes a run another run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from harness import LASTING, SUPPORT, TOY, contents, drive, facts, lines, only_run, stamps, vsumbench

from vsumbench.errors import DiskFullError, RunFailedError, VerificationError
from vsumbench.plugins import default_plugins
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import load_record
from vsumbench.running.pipeline import Outcome, run
from vsumbench.running.request import RunRequest
from vsumbench.running.rescoring import score_run
from vsumbench.running.verifying import verify_run

ASKED: dict[str, Any] = {
    "model": TOY,
    "dataset": "toy",
    "protocols": ("peruser-2fps",),
    "metrics": ("kendall",),
    "selection": "last-epoch",
    "overrides": ("epochs=1",),
}
AS_WORDS = (
    *("run", "--model", TOY, "--dataset", "toy", "--protocol", "peruser-2fps", "--metrics", "kendall"),
    *("--selection", "last-epoch", "--set", "epochs=1", "--runs"),
)


class Silent:
    """A reporter that keeps its notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, line: str) -> None:
        self.notices.append(line)

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        pass


def ran(runs: Path, **changes: Any) -> Outcome:
    return run(RunRequest(**ASKED | {"runs": runs} | changes), default_plugins(), Silent())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("whole")).folder


@pytest.fixture
def sealed(whole: Path, tmp_path: Path) -> Path:
    """A copy of a sealed run, to be changed."""
    copy = tmp_path / "runs" / whole.name
    shutil.copytree(whole, copy)
    return copy


def test_a_model_that_raises_fails_the_run_with_one_line_and_a_traceback_in_the_events(
    whole: Path, tmp_path: Path
) -> None:
    done = vsumbench(*AS_WORDS, tmp_path, TOY_MISCHIEF="raise:3")
    assert done.returncode == RunFailedError.exit_code
    (line,) = done.stderr.splitlines()
    assert "the third video is too much" in line and "Traceback" not in line
    folder = only_run(tmp_path)
    assert not (folder / "record.json").exists()
    (failed,) = [event for event in lines(folder / "events.jsonl") if event["event"] == "failed"]
    assert any("toy_trainable.py" in frame for frame in failed["traceback"])
    assert [line["id"] for line in lines(folder / "predictions.jsonl")] == ["toy_01", "toy_04"]

    done = vsumbench(*AS_WORDS, tmp_path)
    assert done.returncode == 0, done.stderr
    assert facts(folder) == facts(whole)
    assert contents(folder, *LASTING) == contents(whole, *LASTING)


def test_a_full_disk_keeps_what_was_computed_and_the_run_goes_on_where_it_stopped(
    whole: Path, tmp_path: Path
) -> None:
    size = (whole / "predictions.jsonl").stat().st_size
    stopped_after = set()
    for share in (0.1, 0.45, 0.9):
        runs = tmp_path / str(share)
        done = drive(request=ASKED | {"runs": runs}, full=int(size * share))
        assert done.returncode == DiskFullError.exit_code, done.stderr
        assert len(done.stderr.splitlines()) == 1 and "disk is full" in done.stderr
        folder = only_run(runs)
        stopped_after.add(len(lines(folder / "predictions.jsonl")))
        assert not (folder / "record.json").exists()
        done = drive(request=ASKED | {"runs": runs})
        assert done.returncode == 0, done.stderr
        assert facts(folder) == facts(whole)
        assert contents(folder, *LASTING) == contents(whole, *LASTING)
    assert len(stopped_after) == 3 and max(stopped_after) > 5


def test_two_processes_in_one_folder_are_refused(whole: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / whole.name)
    with folder.locked():
        done = vsumbench(*AS_WORDS, tmp_path)
    assert done.returncode == 52
    (line,) = done.stderr.splitlines()
    assert "Another process works in" in line


def test_a_sealed_run_is_left_alone_to_the_last_byte(sealed: Path) -> None:
    before = stamps(sealed)
    done = vsumbench(*AS_WORDS, sealed.parent)
    assert done.returncode == 0 and "nothing to do" in done.stdout
    assert stamps(sealed) == before
    assert ran(sealed.parent).state == "already sealed"
    assert ran(sealed.parent, predict_only=True).state == "already sealed"
    assert stamps(sealed) == before


def test_another_protocol_or_metric_adds_scores_to_the_same_folder(sealed: Path) -> None:
    predictions = stamps(sealed)["predictions.jsonl"]
    added = ran(sealed.parent, metrics=("kendall", "spearman"), protocols=("peruser-2fps", "peruser-full"))
    assert added.folder == sealed and added.state == "scored again"
    rows = {(score.protocol, score.metric) for score in added.record.scores}
    assert rows == {(p, m) for p in ("peruser-2fps", "peruser-full") for m in ("kendall", "spearman")}
    assert stamps(sealed)["predictions.jsonl"] == predictions
    assert verify_run(sealed, default_plugins(), Silent().advance).ok


@pytest.mark.parametrize(
    "changes",
    [
        {"overrides": ("epochs=1", "learning_rate=0.04")},
        {"seed": 1},
        {"dtype": "float64"},
        {"selection": "train-loss"},
        {"repetitions": 2},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_one_other_option_is_another_run(changes: dict[str, Any], sealed: Path) -> None:
    other = ran(sealed.parent, **changes)
    assert other.folder != sealed and other.state == "sealed"
    assert other.record.prediction_digest != load_record(sealed).prediction_digest


def test_edited_source_is_another_run_and_goes_on_in_another_folder(tmp_path: Path) -> None:
    plugin = tmp_path / "toy_trainable.py"
    shutil.copy(SUPPORT / "toy_trainable.py", plugin)
    request = ASKED | {"runs": tmp_path / "runs", "model": f"{plugin}:SPEC"}
    done = drive(request=request, TOY_MISCHIEF="raise:3")
    assert done.returncode == 3
    failed = only_run(tmp_path / "runs")
    plugin.write_text(plugin.read_text().replace('what == "raise"', "False"))
    done = drive(request=request)
    assert done.returncode == 0, done.stderr
    mended = Path(json.loads(done.stdout)["folder"])
    assert mended != failed and (mended / "record.json").exists()
    assert not (failed / "record.json").exists()


def test_predicting_first_and_scoring_later_gives_the_record_of_one_step(whole: Path, tmp_path: Path) -> None:
    done = vsumbench(*AS_WORDS, tmp_path, "--predict-only")
    assert done.returncode == 0, done.stderr
    folder = only_run(tmp_path)
    record = load_record(folder)
    assert record.status == "predicted" and record.scores == ()
    assert verify_run(folder, default_plugins(), Silent().advance).ok
    done = vsumbench("score", folder)
    assert done.returncode == 0, done.stderr
    assert facts(folder) == facts(whole)
    assert contents(folder, *LASTING) == contents(whole, *LASTING)


def test_a_run_is_scored_when_its_model_is_gone(tmp_path: Path) -> None:
    plugin = tmp_path / "toy_trainable.py"
    shutil.copy(SUPPORT / "toy_trainable.py", plugin)
    done = drive(request=ASKED | {"runs": tmp_path / "runs", "model": f"{plugin}:SPEC"})
    assert done.returncode == 0, done.stderr
    plugin.unlink()
    folder = only_run(tmp_path / "runs")
    done = vsumbench("score", folder, "--protocol", "peruser-full", "--metrics", "spearman")
    assert done.returncode == 0, done.stderr
    assert len(load_record(folder).scores) == 2
    assert vsumbench("verify", folder).returncode == 0


def test_scores_added_by_two_processes_are_both_kept(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one opened the run before the first one sealed it again."""
    from vsumbench.running import rescoring

    open_run = rescoring.open_run

    def slow(path: Path, *arguments: Any) -> Any:
        opened = open_run(path, *arguments)
        monkeypatch.setattr(rescoring, "open_run", open_run)
        score_run(path, default_plugins(), Silent(), protocols=["peruser-full"], metrics=["kendall"])
        return opened

    monkeypatch.setattr(rescoring, "open_run", slow)
    score_run(sealed, default_plugins(), Silent(), protocols=["peruser-2fps"], metrics=["spearman"])
    rows = {(score.protocol, score.metric) for score in load_record(sealed).scores}
    assert rows == {("peruser-2fps", "kendall"), ("peruser-full", "kendall"), ("peruser-2fps", "spearman")}


def test_changed_predictions_get_no_new_scores(sealed: Path) -> None:
    path = sealed / "predictions.jsonl"
    path.write_text(path.read_text().replace("toy_01", "toy_02"))
    before = stamps(sealed)
    with pytest.raises(VerificationError, match="not as it was sealed"):
        score_run(sealed, default_plugins(), Silent(), protocols=["peruser-full"])
    with pytest.raises(VerificationError, match="not as it was sealed"):
        ran(sealed.parent)
    assert stamps(sealed) == before
    assert verify_run(sealed, default_plugins(), Silent().advance).differs


@pytest.mark.parametrize("name", ["predictions.jsonl", "scores/peruser-2fps/kendall.jsonl", "events.jsonl"])
def test_verify_names_a_changed_file(name: str, sealed: Path) -> None:
    path = sealed / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    found = verify_run(sealed, default_plugins(), Silent().advance)
    assert found.changed == (name,) and found.differs
    done = vsumbench("verify", sealed)
    assert done.returncode == VerificationError.exit_code and name in done.stderr


@pytest.mark.parametrize("field", ["value", "folds", "items", "undefined_prediction"])
def test_verify_names_a_changed_number(field: str, sealed: Path) -> None:
    path = sealed / "record.json"
    content = json.loads(path.read_text())
    score = content["scores"][0]
    if field == "folds":
        score["folds"][0] += 0.001
    else:
        score[field] += 0.001 if field == "value" else 1
    path.write_text(json.dumps(content))
    found = verify_run(sealed, default_plugins(), Silent().advance)
    assert [score.equal for score in found.scores] == [False] and found.differs


@pytest.mark.parametrize("text", ["", "{", '{"schema": 1}', '{"schema": 99}', "[]", "\x00"])
def test_a_record_that_cannot_be_read_is_refused(text: str, sealed: Path) -> None:
    (sealed / "record.json").write_text(text)
    done = vsumbench("verify", sealed)
    assert done.returncode == 53
    assert len(done.stderr.splitlines()) == 1 and "record.json" in done.stderr


@pytest.mark.skipif(shutil.which("java") is None, reason="needs Java to try again with it")
def test_a_metric_that_was_unavailable_is_computed_once_it_can_be(tmp_path: Path) -> None:
    words = (
        "run",
        "-m",
        "oracle",
        "-d",
        "toy",
        "-p",
        "paragraph-joined",
        "--split-set",
        "all",
        "--runs",
        tmp_path,
    )
    chosen = ("--metrics", "rouge1,bleu4")
    done = vsumbench(*words, *chosen, VSUMBENCH_JAVA="/nowhere/java")
    assert done.returncode == 60, done.stderr
    record = load_record(only_run(tmp_path))
    values = {score.metric: score.value for score in record.scores}
    assert values["bleu4"] is None and values["rouge1"] == pytest.approx(100.0)
    assert vsumbench("verify", only_run(tmp_path), VSUMBENCH_JAVA=None).returncode == 30
    done = vsumbench(*words, *chosen, VSUMBENCH_JAVA=None)
    assert done.returncode == 0, done.stderr
    values = {score.metric: score.value for score in load_record(only_run(tmp_path)).scores}
    assert values["bleu4"] == pytest.approx(100.0)
    assert vsumbench("verify", only_run(tmp_path), VSUMBENCH_JAVA=None).returncode == 0
    # A machine without Java cannot say that the number is wrong.
    done = vsumbench("verify", only_run(tmp_path), VSUMBENCH_JAVA="/nowhere/java")
    assert done.returncode == 30 and "not computed again" in done.stderr
