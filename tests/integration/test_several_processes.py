"""`torchrun` with two processes gives what one process gives, to 1e-5, and one sealed record."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import SUPPORT, environment, lines, only_run

from vsumbench.records.record import load_record
from vsumbench.running.verifying import verify_run

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
MODEL = f"{SUPPORT / 'toy_torch.py'}:SPEC"
RUN = ["run", "--model", MODEL, "--dataset", "toy", "--protocol", "peruser-2fps", "--device", "cpu"]


def started(
    *command: str, processes: int, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """A script or module in one process, or in two that torchrun starts."""
    return subprocess.run(
        [*(TORCHRUN if processes == 2 else [sys.executable]), *command],
        capture_output=True,
        text=True,
        env=environment(OMP_NUM_THREADS="1", **variables),
        cwd=cwd,
        timeout=120,
        check=False,
    )


def lesson(folder: Path, processes: int, **asked: Any) -> list[dict[str, Any]]:
    """How the tests' tiny training ended in each process."""
    folder.mkdir(exist_ok=True)
    asked |= {"folder": str(folder), "out": str(folder / "ended.json")}
    done = started(str(SUPPORT / "lesson.py"), json.dumps(asked), processes=processes)
    assert done.returncode == 0, done.stderr
    return [json.loads((folder / f"ended.json.{n}").read_text(encoding="utf-8")) for n in range(processes)]


def assert_same_learning(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one["facts"] == other["facts"] and one["selected"] == other["selected"]
    for name, value in one["weights"].items():
        np.testing.assert_allclose(other["weights"][name], value, rtol=0, atol=1e-5, err_msg=name)
    for first, second in zip(one["history"], other["history"], strict=True):
        assert second == pytest.approx(first, rel=0, abs=1e-5)


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    """Ten examples in steps of three: of the last one of an epoch, the second process has nothing."""
    recipe = {"epochs": 3, "batch_size": 3, "checkpoint_every": 2}
    (one,) = lesson(tmp_path / "one", 1, recipe=recipe, validate=True)
    first, second = lesson(tmp_path / "two", 2, recipe=recipe, validate=True)
    assert first["digest"] == second["digest"]
    assert_same_learning(one, first)
    assert (first["steps_shown"], second["steps_shown"]) == (12, 0)
    assert not [path for path in (tmp_path / "two/process-1").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_two_processes_go_on_where_one_was_killed_and_drop_the_same(tmp_path: Path) -> None:
    """With as many micro-batches as processes, dropout too is the same; a checkpoint fits any number."""
    asked: dict[str, Any] = {
        "recipe": {"epochs": 2, "batch_size": 4, "accumulation": 2, "checkpoint_every": 2},
        "lesson": {"dropout": 0.4},
    }
    (one,) = lesson(tmp_path / "one", 1, **asked)
    kill = {"kill": {"at": "advance", "nth": 3}, "folder": str(tmp_path / "two"), "out": "-"}
    killed = started(str(SUPPORT / "lesson.py"), json.dumps(asked | kill), processes=1)
    assert killed.returncode == -9
    first, _ = lesson(tmp_path / "two", 2, **asked)
    assert first["steps_shown"] == 3
    assert_same_learning(one, first)


def test_a_run_of_two_processes_is_that_of_one_sealed_once(tmp_path: Path) -> None:
    from vsumbench.plugins import default_plugins

    outputs = {}
    for processes in (1, 2):
        runs = str(tmp_path / f"by-{processes}")
        done = started("-m", "vsumbench", *RUN, "--runs", runs, "--quiet", processes=processes)
        assert done.returncode == 0, done.stderr
        outputs[processes] = done.stdout.replace(runs, "RUNS")
    assert outputs[1] == outputs[2], "only one process prints"
    one, two = (only_run(tmp_path / f"by-{processes}") for processes in (1, 2))
    assert one.name == two.name
    first, second = (lines(folder / "predictions.jsonl") for folder in (one, two))
    assert [line["id"] for line in first] == [line["id"] for line in second]
    for mine, other in zip(first, second, strict=True):
        np.testing.assert_allclose(other["importance"], mine["importance"], rtol=0, atol=1e-5)
    kinds = [line["event"] for line in lines(two / "events.jsonl")]
    assert kinds == [line["event"] for line in lines(one / "events.jsonl")]
    assert kinds.count("complete") == 1 and kinds.count("started") == 1
    assert load_record(two).scores
    assert verify_run(two, default_plugins(), lambda *_: None).ok


@pytest.mark.parametrize("failing", ["0", pytest.param("1", marks=pytest.mark.slow)])
def test_a_failure_of_either_process_is_said_once_and_ends_both(tmp_path: Path, failing: str) -> None:
    done = started(
        "-m", "vsumbench", *RUN, "--runs", str(tmp_path), "--quiet", processes=2, TOY_TORCH_FAILS=failing
    )
    assert done.returncode != 0
    (said,) = (line for line in done.stderr.splitlines() if line.startswith("vsumbench: "))
    assert "raised ValueError: a toy broke" in said
    assert ("process 1 of 2" in said) == (failing == "1")
    last = lines(only_run(tmp_path) / "events.jsonl")[-1]
    assert last["event"] == "failed" and "a toy broke" in last["message"]


@pytest.mark.parametrize("command", [["list"], [*RUN, "--print-config"], ["run", "--model", "nosuch*"]])
def test_what_several_processes_cannot_do_together_is_refused_once(
    tmp_path: Path, command: list[str]
) -> None:
    if "nosuch*" in command:
        command = [*command, "--dataset", "toy"]
    variables = {"WORLD_SIZE": "2", "LOCAL_RANK": "0"}
    first, second = (
        started("-m", "vsumbench", *command, processes=1, cwd=tmp_path, RANK=rank, **variables)
        for rank in "01"
    )
    assert (first.returncode, second.returncode) == (2, 2)
    assert first.stderr.count("vsumbench: ") == 1 and "without torchrun" in first.stderr
    assert second.stderr == "" and first.stdout == second.stdout == ""
