"""Columns of an installed hook plugin on the boards that the verb `leaderboard` builds."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vsumbench.cli.leaderboard import command
from vsumbench.plugins import default_plugins
from vsumbench.testing.distributions import write_distribution
from vsumbench.testing.sealed import make_record, make_score, seal

BOARD = "standing-tvsum-full-peruser-2fps"
GOOD = """
from vsumbench.hookspecs import BoardColumn, hookimpl

@hookimpl
def board_columns():
    yield BoardColumn(id="seed", title="Seed", value=lambda record: record.seed, digits=1)
    yield BoardColumn(id="where", title="Where", value=lambda record: f"<b>{record.device}</b>")
"""
# Of two plugins the last registered, which is the last by name, is asked first.
BAD = """
from vsumbench.hookspecs import BoardColumn, hookimpl

@hookimpl
def board_columns():
    return [
        BoardColumn(id="broken", title="Broken", value=lambda record: record.no_such_fact),
        BoardColumn(id="where", title="Mine", value=lambda record: "second"),
    ]
"""
RAISING = """
from vsumbench.hookspecs import hookimpl

@hookimpl
def board_columns():
    raise RuntimeError("no columns today")
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder on `sys.path`; the plugin host reads what is installed anew, before and after."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    default_plugins.cache_clear()
    yield folder
    default_plugins.cache_clear()
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    for seed in (1, 2):
        score = make_score("peruser-2fps", "kendall", 0.2)
        seal(folder, make_record("mymodel", "tvsum", [score], seed=seed), f"run{seed}")
    return folder


def install(site: Path, name: str, source: str) -> None:
    module = f"columns_of_{name}"
    write_distribution(
        site, f"dist-{name}", entry_points={"vsumbench.hooks": {name: module}}, modules={module: source}
    )
    importlib.invalidate_caches()


def build(runs: Path, out: Path, *more: str) -> Result:
    arguments = ["build", "--runs", str(runs), "--out", str(out), "--format", "html,markdown,json", *more]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result


def test_columns_of_a_hook_plugin_are_on_the_page_in_every_format(
    site: Path, runs: Path, tmp_path: Path
) -> None:
    install(site, "good", GOOD)
    result = build(runs, tmp_path / "out")
    assert result.stderr == ""
    html, markdown, content = (
        (tmp_path / "out" / f"{BOARD}{suffix}").read_text(encoding="utf-8")
        for suffix in (".html", ".md", ".json")
    )
    assert "<td>1.5</td>" in html and "<td>&lt;b&gt;cpu&lt;/b&gt;</td>" in html
    assert "| Seed | Where |" in markdown and "| 1.5 | &lt;b&gt;cpu&lt;/b&gt; |" in markdown
    (group,) = json.loads(content)["groups"]
    assert [cell["value"] for cell in group["rows"][0]["extras"]] == [1.5, "<b>cpu</b>"]
    assert json.loads(content)["extra_columns"][0]["plugin"] == "dist-good:good"


def test_a_column_that_raises_and_one_whose_id_is_taken_cost_one_line_each(
    site: Path, runs: Path, tmp_path: Path
) -> None:
    install(site, "good", GOOD)
    install(site, "bad", BAD)
    result = build(runs, tmp_path / "out", "--json")
    broken, duplicate = json.loads(result.stdout)["warnings"]
    assert broken.startswith("column 'broken' of plugin dist-bad:bad is empty for 2 runs: AttributeError: ")
    assert "no_such_fact" in broken
    assert duplicate == (
        "column 'where' of plugin dist-bad:bad is left out: its id is that of a column of plugin "
        "dist-good:good."
    )
    page = (tmp_path / "out" / f"{BOARD}.md").read_text(encoding="utf-8")
    assert "| Seed | Where | Broken |" in page
    assert "| 1.5 | &lt;b&gt;cpu&lt;/b&gt; |  |" in page
    plain = build(runs, tmp_path / "out")
    assert plain.stderr.splitlines() == [f"vsumbench: {broken}", f"vsumbench: {duplicate}"]


def test_a_hook_that_raises_is_one_line_and_the_board_is_built_without_it(
    site: Path, runs: Path, tmp_path: Path
) -> None:
    install(site, "raising", RAISING)
    result = build(runs, tmp_path / "out")
    (line,) = result.stderr.splitlines()
    assert "hook board_columns of plugin dist-raising:raising raised RuntimeError: no columns today" in line
    assert "extra_columns" not in (tmp_path / "out" / f"{BOARD}.json").read_text(encoding="utf-8")


def test_boards_of_papers_have_no_columns_of_plugins(site: Path, runs: Path, tmp_path: Path) -> None:
    pytest.importorskip("vsumbench_leaderboards", reason="needs the distribution vsumbench-leaderboards")
    install(site, "good", GOOD)
    build(runs, tmp_path / "out", "--board", "mllm-semantic-table-1")
    assert "extra_columns" not in (tmp_path / "out" / "mllm-semantic-table-1.json").read_text(
        encoding="utf-8"
    )


def test_a_hook_plugin_is_not_imported_where_there_are_no_runs_to_show(
    site: Path, runs: Path, tmp_path: Path
) -> None:
    install(site, "fatal", "raise SystemExit(3)")
    build(runs, tmp_path / "out", "--reported-only")
    result = CliRunner().invoke(command, ["list", "--runs", str(runs)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "columns_of_fatal" not in sys.modules
