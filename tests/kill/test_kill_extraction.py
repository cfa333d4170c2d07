"""Extraction killed at any instant loses one video at most; processes at it together share the work."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import SUPPORT, environment

from vsumbench.data.features import FeatureCache

STEPS = 5


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("videos")
    paths = [folder / f"{name}.vid" for name in "abcd"]
    for path in paths:
        path.write_text(path.stem)
    return [str(path) for path in paths]


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory, files: list[str]) -> dict[str, bytes]:
    """What an extraction leaves that nobody kills."""
    root = tmp_path_factory.mktemp("straight")
    drive(root, files)
    return contents(root)


def start(root: Path, files: list[str], **asked: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            str(SUPPORT / "extraction_driver.py"),
            str(root),
            json.dumps({"files": files, "steps": STEPS, **asked}),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def drive(root: Path, files: list[str], **asked: Any) -> tuple[int, str]:
    process = start(root, files, **asked)
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), err
    return process.returncode, out


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FeatureCache(root).files()}


def leftovers(root: Path) -> list[Path]:
    return list(root.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("kill", "whole"),
    [
        ({"kill_frame": 2 * STEPS + 3}, 2),
        ({"kill_write": 4}, 3),
        pytest.param({"kill_frame": 1}, 0, marks=pytest.mark.slow),
        pytest.param({"kill_write": 1}, 0, marks=pytest.mark.slow),
    ],
    ids=lambda value: "-".join(f"{k}-{v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_a_kill_loses_one_video_at_most_and_what_is_resumed_is_the_same_to_the_bit(
    tmp_path: Path, files: list[str], straight: dict[str, bytes], kill: dict[str, int], whole: int
) -> None:
    root = tmp_path / "killed"
    code, _ = drive(root, files, **kill)
    assert code == -signal.SIGKILL
    assert len(FeatureCache(root).files()) == whole and FeatureCache(root).verify() == []
    assert len(leftovers(root)) == ("kill_write" in kill)
    code, out = drive(root, files)
    report = json.loads(out)
    assert code == 0 and report["kept"] == whole
    assert (report["extracted"], report["frames"]) == (4 - whole, (4 - whole) * STEPS)
    assert leftovers(root) == []
    assert contents(root) == straight and len(straight) == 4


def test_two_processes_at_once_extract_each_video_once(tmp_path: Path, files: list[str]) -> None:
    root = tmp_path / "shared"
    started = [start(root, order, slow=0.05) for order in (files, files[::-1], files)]
    reports = []
    for process in started:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        reports.append(json.loads(out))
    assert sum(report["extracted"] for report in reports) == 4
    assert sum(report["frames"] for report in reports) == 4 * STEPS
    for report in reports:
        assert report["extracted"] + report["elsewhere"] + report["kept"] == 4 and not report["failed"]
    assert len(contents(root)) == 4 and FeatureCache(root).verify() == [] and leftovers(root) == []
