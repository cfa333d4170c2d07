"""A run of `milora` killed in the middle of an epoch goes on, and ends as if nothing had happened."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from runs_support import FOLD, HERE, LASTING, Machine, asked, contents, facts, lines

from vsumbench.cli._progress import TerminalReporter

LONG = ("--edition", "planted-long", "--set", "batch_size=1")
"""Two epochs of 54 steps. Checkpoints: every fifty steps, and at the end of an epoch."""
KILLED_AT = 103


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps of training that commands in this process report."""
    reported: list[int] = []

    def advance(self: TerminalReporter, stage: str, done: int, total: int, **numbers: float) -> None:
        if stage == "train":
            reported.append(done)

    monkeypatch.setattr(TerminalReporter, "advance", advance)
    return reported


@pytest.mark.slow
def test_killed_in_the_second_epoch_and_repeated_it_ends_with_the_same_weights(
    machine: Machine, steps: list[int], tmp_path: Path
) -> None:
    whole = Path(machine.call(*asked(tmp_path / "whole", *LONG)).result["folder"])
    assert steps == [*range(1, 109)]
    steps.clear()

    words = asked(tmp_path / "killed", *LONG)
    killed = machine.start(KILLED_AT, *words, python=(str(HERE / "killed_run.py"),))
    assert killed.code == -signal.SIGKILL, killed.err
    (folder,) = (tmp_path / "killed").iterdir()
    assert folder.name == whole.name
    assert not (folder / "record.json").exists() and not (folder / FOLD / "fit.json").exists()
    left = sorted(path.name for path in (folder / FOLD / "checkpoints" / "train").iterdir())
    assert left[-1] == "00000100", "the last one was written within the epoch"

    done = machine.call(*words)
    assert done.result["state"] == "sealed" and Path(done.result["folder"]) == folder
    assert steps == [*range(101, 109)], "it started anew"
    events = [line["event"] for line in lines(folder / "events.jsonl")]
    assert events == ["started", "resumed", "fitted", "summarized", "complete"]

    kept = contents(whole, *LASTING)
    assert f"{FOLD}/weights/adapter_model.safetensors" in kept
    assert contents(folder, *LASTING) == kept
    assert facts(folder) == facts(whole)
    assert machine.call("verify", folder).code == 0
