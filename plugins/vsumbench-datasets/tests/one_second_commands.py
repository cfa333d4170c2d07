"""Whole commands in this process, for the tests of the datasets with a step a second."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from vsumbench.cli import main


def command(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `vsumbench WORDS`."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as stopped, redirect_stdout(out), redirect_stderr(err):
        main(list(words))
    return int(stopped.value.code or 0), out.getvalue(), err.getvalue()


def run(runs: Path, model: str, dataset: str, *more: str, edition: str = "planted") -> dict[str, float]:
    """`protocol/metric` → value of a run that ends well; random ones are drawn twice."""
    drawn = ("--repetitions", "2") if model == "random" else ()
    words = ("--model", model, "--dataset", dataset, "--edition", edition, "--runs", str(runs))
    code, out, err = command("run", *words, "--json", *drawn, *more)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    record = json.loads((Path(found["folder"]) / "record.json").read_text(encoding="utf-8"))
    return {f"{score['protocol']}/{score['metric']}": score["value"] for score in record["scores"]}
