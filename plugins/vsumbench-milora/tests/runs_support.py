"""Whole commands on the small dataset: in this process or in one of its own, and run folders compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from vsumbench.cli import main
from vsumbench.records.record import load_record

HERE = Path(__file__).parent
SMALL = "./small_planted.py:SPEC"
"""Relative on purpose: the same words on every machine. Commands run in a folder that holds the file."""
METRICS = ("--metrics", "rougeL,rouge1")
"""Without Java."""
QUICK = ("--set", "num_frames=2", "--set", "max_new_tokens=24")
LEARN = (*QUICK, "--set", "epochs=2", "--set", "batch_size=4", "--set", "learning_rate=0.1")
"""Two epochs of three steps that change what is written."""
FOLD = "folds/official"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """What `--json` printed; the command must have succeeded."""
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Machine:
    """The folders of a machine: weights, data and generated editions. `at` is where commands run."""

    weights: Path
    home: Path
    at: Path = HERE

    def variables(self, **more: str) -> dict[str, str]:
        """The environment, without the settings of whoever runs the tests."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VSUMBENCH_")}
        own = {"WEIGHTS": self.weights, "DATA": self.home / "data", "PLANTED": self.home / "planted"}
        return kept | {f"VSUMBENCH_{name}": str(folder) for name, folder in own.items()} | more

    def call(self, *words: object) -> Ended:
        """`vsumbench` in this process."""
        out, err = StringIO(), StringIO()
        with self._entered(), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as done:
            main([str(word) for word in words])
        return Ended(int(done.value.code or 0), out.getvalue(), err.getvalue())

    def start(self, *words: object, python: Sequence[str] = ("-m", "vsumbench"), **more: str) -> Ended:
        """`vsumbench`, or another script, in a process of its own."""
        done = subprocess.run(
            [sys.executable, *python, *map(str, words)],
            capture_output=True,
            text=True,
            env=self.variables(**more),
            cwd=self.at,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("VSUMBENCH_")]:
                patch.delenv(name)
            for name, value in self.variables().items():
                patch.setenv(name, value)
            patch.chdir(self.at)
            yield


def asked(runs: Path, *words: str, model: str = "milora", learn: Sequence[str] = LEARN) -> tuple[str, ...]:
    """The words of a run on the small dataset."""
    named = ("--model", model, "--dataset", SMALL, "--runs", str(runs))
    return ("run", *named, "--device", "cpu", *METRICS, "--json", "--quiet", *learn, *words)


def facts(folder: Path) -> dict[str, Any]:
    """A sealed record without what differs between equal runs."""
    content = asdict(load_record(folder))
    del content["timing"]
    return content


def contents(folder: Path, *patterns: str) -> dict[str, bytes]:
    """The bytes of the files that match, by relative path."""
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


LASTING = ("predictions.jsonl", "scores/**/*", f"{FOLD}/fit.json", f"{FOLD}/weights/*")
"""What must be equal to the last byte."""


def lines(path: Path) -> list[Any]:
    """The JSON values of a file's lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def texts(folder: Path) -> dict[str, str]:
    """Test video → summary."""
    return {line["id"]: line["text"] for line in lines(folder / "predictions.jsonl")}


def tree(folder: Path) -> dict[str, int]:
    """Every file below a folder with the time it was last changed, in nanoseconds."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
