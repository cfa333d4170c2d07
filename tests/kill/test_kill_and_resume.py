"""A run killed at any instant is no result, and repeating it gives what an uninterrupted run gives."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import LASTING, TOY, contents, drive, facts, only_run, stamps

from vsumbench.errors import RecordError
from vsumbench.plugins import default_plugins
from vsumbench.records.record import load_record
from vsumbench.running.verifying import verify_run
from vsumbench.store.records import Store

PROTOCOLS = ("peruser-2fps", "keyshot-f1-avg", "paragraph-joined")
REQUESTS: dict[str, dict[str, Any]] = {
    "trained": {
        "model": TOY,
        "dataset": "toy",
        "protocols": PROTOCOLS,
        "metrics": ("kendall", "f1", "rouge1"),
    },
    "human": {
        "model": "human",
        "dataset": "toy",
        "protocols": ("human-pairwise", "keyshot-f1-avg", "paragraph-joined"),
        "metrics": ("kendall", "f1", "rouge1"),
    },
}


@dataclass(frozen=True)
class Kill:
    """One moment: the `nth` operation of a kind on something, killed before, halfway or after."""

    operation: str
    match: str
    nth: int = 1
    when: str = "after"

    def __str__(self) -> str:
        return f"{self.when}-{self.operation}-{self.nth}-of-{self.match.strip('/')}"

    def arguments(self) -> dict[str, Any]:
        return {"operation": self.operation, "match": self.match, "nth": self.nth, "when": self.when}


FIT = [
    Kill("advance", "train", 1),
    Kill("advance", "train", 20),
    Kill("replace", "step.json", 4, "before"),
    Kill("replace", "step.json", 6, "after"),
    Kill("replace", "fit.json", 2, "before"),
    Kill("append", "events.jsonl", 2, "half"),
]
SUMMARIZE = [
    Kill("advance", "look", 3),
    Kill("append", "predictions.jsonl", 1, "before"),
    Kill("append", "predictions.jsonl", 2, "half"),
    Kill("append", "predictions.jsonl", 6, "after"),
    Kill("append", "costs.jsonl", 2, "half"),
]
GROUPS = [
    Kill("append", "predictions.jsonl", 3, "before"),
    Kill("append", "predictions.jsonl", 9, "half"),
    Kill("append", "predictions.jsonl", 16, "after"),
    Kill("append", "predictions.jsonl", 18, "after"),
    Kill("append", "costs.jsonl", 3, "before"),
]
SCORE = [
    Kill("append", "keyshot-f1-avg/f1.jsonl", 1, "half"),
    Kill("append", "keyshot-f1-avg/f1.jsonl", 7, "half"),
    Kill("append", "peruser-2fps/kendall.jsonl", 13, "after"),
    Kill("append", "paragraph-joined/rouge1.jsonl", 3, "before"),
    Kill("append", "paragraph-joined/rouge1.jsonl", 3, "half"),
]
SEAL = [
    Kill("append", "events.jsonl", 8, "half"),
    Kill("temporary", "record.json", 1, "before"),
    Kill("temporary", "record.json", 1, "half"),
    Kill("replace", "record.json", 1, "before"),
]
MOMENTS = [
    *(("fit", "trained", [kill]) for kill in FIT),
    *(("summarize", "trained", [kill]) for kill in SUMMARIZE),
    *(("summarize-group", "human", [kill]) for kill in GROUPS),
    *(("score", "trained", [kill]) for kill in SCORE),
    *(("seal", "trained", [kill]) for kill in SEAL),
    ("resume", "trained", [FIT[1], FIT[2], Kill("advance", "train", 5)]),
    ("resume", "trained", [SUMMARIZE[2], SUMMARIZE[2], SCORE[3]]),
    ("resume", "human", [GROUPS[2], Kill("append", "events.jsonl", 1, "half"), GROUPS[1]]),
    ("resume", "trained", [SCORE[1], SEAL[2], SEAL[3]]),
]


# Each stage torn once by default, and two ways to be torn again and again; the others with the slow tests.
BY_DEFAULT = [FIT[2], FIT[5], SUMMARIZE[0], SUMMARIZE[2], GROUPS[1], GROUPS[3], SCORE[1], SCORE[3], *SEAL[2:]]


def _slow(moment: tuple[str, str, list[Kill]]) -> bool:
    stage, _, kills = moment
    return moment not in MOMENTS[-3:-1] if stage == "resume" else kills[0] not in BY_DEFAULT


def _id(moment: tuple[str, str, list[Kill]]) -> str:
    stage, name, kills = moment
    return f"{stage}-{name}-{'-then-'.join(map(str, kills))}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The run folders of uninterrupted runs."""
    folders = {}
    for name, request in REQUESTS.items():
        runs = tmp_path_factory.mktemp(f"whole-{name}")
        done = drive(request=request | {"runs": runs})
        assert done.returncode == 0, done.stderr
        folders[name] = only_run(runs)
    return folders


def _killed(request: dict[str, Any], kill: Kill) -> None:
    done = drive(request=request, kill=kill.arguments())
    assert done.returncode == -signal.SIGKILL, f"{kill} was never reached: {done.stdout}{done.stderr}"


def _same(folder: Path, whole: Path) -> None:
    assert facts(folder) == facts(whole)
    assert contents(folder, *LASTING) == contents(whole, *LASTING)
    assert contents(folder, "predictions.jsonl", "scores/**/*.jsonl")
    verified = verify_run(folder, default_plugins(), lambda *_: None)
    assert verified.ok, verified


@pytest.mark.parametrize(
    "moment",
    [pytest.param(one, marks=[pytest.mark.slow] * _slow(one), id=_id(one)) for one in MOMENTS],
)
def test_a_killed_run_is_no_result_and_resumes_to_the_record_of_an_uninterrupted_one(
    moment: tuple[str, str, list[Kill]], whole: dict[str, Path], tmp_path: Path
) -> None:
    _, name, kills = moment
    request = REQUESTS[name] | {"runs": tmp_path}
    for kill in kills:
        _killed(request, kill)
        folder = only_run(tmp_path)
        assert not (folder / "record.json").exists()
        with pytest.raises(RecordError, match="not a sealed run"):
            load_record(folder)
        with Store(tmp_path, tmp_path / "index.db") as store:
            assert store.query() == ()
    done = drive(request=request)
    assert done.returncode == 0, done.stderr
    _same(only_run(tmp_path), whole[name])


def test_a_run_killed_right_after_its_record_was_renamed_is_sealed(
    whole: dict[str, Path], tmp_path: Path
) -> None:
    request = REQUESTS["trained"] | {"runs": tmp_path}
    _killed(request, Kill("replace", "record.json", 1, "after"))
    folder = only_run(tmp_path)
    _same(folder, whole["trained"])
    before = stamps(folder)
    done = drive(request=request)
    assert '"already sealed"' in done.stdout
    assert stamps(folder) == before


@pytest.mark.parametrize(
    "kill",
    [
        Kill("append", "peruser-full/spearman.jsonl", 1, "half"),
        pytest.param(Kill("append", "peruser-full/spearman.jsonl", 5, "half"), marks=pytest.mark.slow),
        pytest.param(Kill("append", "events.jsonl", 1, "half"), marks=pytest.mark.slow),
        Kill("append", "events.jsonl", 1, "after"),
        Kill("replace", "record.json", 1, "before"),
    ],
    ids=str,
)
def test_a_sealed_run_stays_verified_while_scoring_it_again_is_interrupted(
    kill: Kill, whole: dict[str, Path], tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    request = REQUESTS["human"] | {"runs": runs}
    drive(request=request)
    folder = only_run(runs)
    more = {"protocols": ("peruser-full",), "metrics": ("spearman",)}
    done = drive(score=folder, request=more, kill=kill.arguments())
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert facts(folder) == facts(whole["human"])
    verified = verify_run(folder, default_plugins(), lambda *_: None)
    assert verified.ok, verified
    done = drive(score=folder, request=more)
    assert done.returncode == 0, done.stderr
    verified = verify_run(folder, default_plugins(), lambda *_: None)
    assert verified.ok, verified
    assert {score.protocol for score in load_record(folder).scores} == {
        *REQUESTS["human"]["protocols"],
        "peruser-full",
    }
