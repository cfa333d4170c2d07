"""On planted videos, every method finds more than can be had without looking: one seed, one fold.

All but `vasnet` and `standard-ranker` are among the slow tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from vsumbench.cli import main

HERE = Path(__file__).parent
METHODS = (
    *("vasnet", "standard-ranker"),
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in (
            *("csta", "pgl-sum", "msva", "dsnet-ab", "dsnet-af"),
            *("dpplstm", "vslstm", "vidsummarize", "h-rnn", "sumgraph", "dmasum"),
        )
    ),
)


@pytest.fixture(scope="module")
def tau(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., float]:
    """Mean tau on the test videos of a model, run as from the command line."""
    runs = tmp_path_factory.mktemp("runs")

    @cache
    def run(*words: str) -> float:
        asked = ["run", "--dataset", f"{HERE / 'one_fold.py'}:SPEC", "--metrics", "kendall", "--quiet"]
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as done:
            main([*asked, "--json", "--runs", str(runs), "--device", "cpu", "--model", *words])
        assert not done.value.code, err.getvalue()
        record = json.loads((Path(json.loads(out.getvalue())["folder"]) / "record.json").read_text("utf-8"))
        assert record["model"]["preset"] in ("tiny", None)
        (score,) = record["scores"]
        value: float = score["value"]
        return value

    return run


@pytest.mark.parametrize("method", METHODS)
def test_it_finds_more_than_chance_and_more_than_the_mean_of_each_position(
    tau: Callable[..., float], method: str
) -> None:
    found = tau(method, "--selection", "last-epoch")
    floors = {name: tau(name) for name in ("random", "mean-position")}
    print(f"{method}: tau {found:.4f}, floors {floors}")
    assert found > max(floors.values()) + 0.02
