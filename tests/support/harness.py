"""Helpers of the tests that run whole commands: subprocesses, folders compared, where the real data lie."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vsumbench.records.record import load_record

SUPPORT = Path(__file__).parent
ROOT = SUPPORT.parent.parent
TOY = f"{SUPPORT / 'toy_trainable.py'}:SPEC"


def shared_folder() -> Path | None:
    """The folder of real data and golden vectors, or None."""
    named = os.environ.get("VSUMBENCH_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder.resolve() if folder.is_dir() else None


def environment(**extra: str | None) -> dict[str, str]:
    """This environment without the settings of whoever runs the tests; None takes a variable away."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VSUMBENCH_")}
    for name in ("VSUMBENCH_SHARED", "VSUMBENCH_PLANTED", "VSUMBENCH_JAVA"):
        if name in os.environ:
            kept[name] = os.environ[name]
    kept |= {name: value for name, value in extra.items() if value is not None}
    return {name: value for name, value in kept.items() if extra.get(name, "") is not None}


def drive(
    *,
    request: Mapping[str, Any] | None = None,
    score: Path | None = None,
    kill: Mapping[str, Any] | None = None,
    full: int | None = None,
    cwd: Path | None = None,
    **variables: str | None,
) -> subprocess.CompletedProcess[str]:
    """Run `driver.py` in a fresh process."""
    asked: dict[str, Any] = {
        "request": dict(request or {}),
        "kill": dict(kill) if kill else None,
        "full": full,
    }
    if score is not None:
        asked["score"] = str(score)
    return subprocess.run(
        [sys.executable, str(SUPPORT / "driver.py"), json.dumps(asked, default=str)],
        capture_output=True,
        text=True,
        env=environment(**variables),
        cwd=cwd,
        timeout=240,
        check=False,
    )


def vsumbench(
    *arguments: object, cwd: Path | None = None, **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a fresh process."""
    return subprocess.run(
        [sys.executable, "-m", "vsumbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(**variables),
        cwd=cwd,
        timeout=240,
        check=False,
    )


def only_run(runs: Path) -> Path:
    """The one run folder there is."""
    (folder,) = (entry for entry in runs.iterdir() if entry.is_dir())
    return folder


def facts(folder: Path) -> dict[str, Any]:
    """A sealed record without what differs between equal runs."""
    content = asdict(load_record(folder))
    del content["timing"]
    return content


def contents(folder: Path, *patterns: str) -> dict[str, bytes]:
    """The bytes of the files that match, by relative path."""
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


LASTING = ("predictions.jsonl", "scores/**/*.jsonl", "folds/*/fit.json", "folds/*/weights/*")
"""What must be equal to the last byte."""


def stamps(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Inode, size and time of change of every file of a run but its lock."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_ino,
            path.stat().st_size,
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def lines(path: Path) -> Sequence[Any]:
    """The JSON values of a file's lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Silent:
    """A reporter that shows nothing."""

    def notice(self, line: str) -> None:
        """Nothing is shown."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Nothing is shown."""
