"""A training killed at any instant goes on, and ends with the weights of an uninterrupted one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import SUPPORT, environment

RECIPE = {"epochs": 2, "batch_size": 2, "accumulation": 2, "checkpoint_every": 2}
# Ten steps; checkpoints at 2, 4, 5 (the end of the first epoch), 6, 8 and 10, three files each.
MOMENTS: list[list[dict[str, Any]]] = [
    [{"at": "advance", "nth": 8}],
    [{"at": "write", "nth": 11}],
    [{"at": "write", "nth": 1}, {"at": "renamed", "nth": 3}],
    [{"at": "advance", "nth": 3}, {"at": "rename", "nth": 2}, {"at": "write", "nth": 8}],
]


def run(folder: Path, kill: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    asked: dict[str, Any] = {
        "folder": str(folder),
        "out": str(folder / "ended.json"),
        "recipe": RECIPE,
        "lesson": {"dropout": 0.3},
        "validate": True,
    }
    return subprocess.run(
        [sys.executable, str(SUPPORT / "lesson.py"), json.dumps(asked | ({"kill": kill} if kill else {}))],
        capture_output=True,
        text=True,
        env=environment(OMP_NUM_THREADS="1"),
        timeout=120,
        check=False,
    )


def ending(folder: Path) -> dict[str, Any]:
    done = run(folder)
    assert done.returncode == 0, done.stderr
    ended: dict[str, Any] = json.loads((folder / "ended.json.0").read_text(encoding="utf-8"))
    return ended


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How an uninterrupted training ends."""
    return ending(tmp_path_factory.mktemp("whole"))


def _case(kills: list[dict[str, Any]]) -> Any:
    """One interruption by default; being interrupted again and again is among the slow tests."""
    name = "-then-".join(f"{kill['at']}-{kill['nth']}" for kill in kills)
    return pytest.param(kills, id=name, marks=[pytest.mark.slow] * (len(kills) > 1))


@pytest.mark.parametrize("kills", [_case(kills) for kills in MOMENTS])
def test_killed_and_repeated_it_ends_with_the_same_weights(
    whole: dict[str, Any], tmp_path: Path, kills: list[dict[str, Any]]
) -> None:
    for kill in kills:
        done = run(tmp_path, kill)
        assert done.returncode == -signal.SIGKILL, f"{kill} was never reached: {done.stdout}{done.stderr}"
    ended = ending(tmp_path)
    assert whole["steps_shown"] == 10 and ended.pop("steps_shown") < 10, "it started anew"
    assert ended == {name: value for name, value in whole.items() if name != "steps_shown"}
    left = sorted(path.name for path in (tmp_path / "process-0/checkpoints/train").iterdir())
    assert left[-1] == "00000010" and len(left) <= 2, left
