"""The verb `leaderboard`: what it writes, what it says, and how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vsumbench.cli import group
from vsumbench.cli.leaderboard import command
from vsumbench.errors import DataMissingError, StorageError, UnknownNameError, UsageError
from vsumbench.records.record import RECORD_FILE
from vsumbench.testing.sealed import make_record, make_score, seal

BOARD = "standing-tvsum-full-peruser-2fps"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    seal(folder, make_record("mymodel", "tvsum", [make_score("peruser-2fps", "kendall", 0.2)]), "one")
    return folder


def call(*arguments: object) -> str:
    result = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_build_writes_a_page_a_board_and_an_index(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "site" / "deep"
    said = call("build", "--runs", runs, "--out", out, "--format", "html,markdown,json")
    names = {path.name for path in out.iterdir()}
    assert {"index.html", "index.md", f"{BOARD}.html", f"{BOARD}.md", f"{BOARD}.json"} <= names
    assert BOARD in said
    assert "mymodel" in (out / f"{BOARD}.html").read_text(encoding="utf-8")


def test_only_the_boards_and_formats_asked_for_are_written(runs: Path, tmp_path: Path) -> None:
    call("build", "--runs", runs, "--out", tmp_path / "site", "--board", BOARD, "--format", "markdown")
    assert {path.name for path in (tmp_path / "site").iterdir()} == {"index.md", f"{BOARD}.md"}


def test_building_twice_gives_the_same_bytes(runs: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        call("build", "--runs", runs, "--out", tmp_path / name, "--format", "html,markdown,json")
    first, second = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in ("a", "b")
    )
    assert first == second


def test_json_output_is_one_document(runs: Path, tmp_path: Path) -> None:
    content = json.loads(
        call("build", "--runs", runs, "--out", tmp_path / "site", "--board", BOARD, "--json")
    )
    assert content["files"] == ["index.html", f"{BOARD}.html", "index.md", f"{BOARD}.md"]
    assert content["boards"][0]["kind"] == "standing"
    assert content["warnings"] == []


def test_reported_only_needs_no_runs(tmp_path: Path) -> None:
    pytest.importorskip("vsumbench_leaderboards", reason="needs the distribution vsumbench-leaderboards")
    call("build", "--runs", tmp_path / "nowhere", "--out", tmp_path / "site", "--reported-only")
    page = (tmp_path / "site" / "mllm-semantic-table-1.md").read_text(encoding="utf-8")
    assert "0.267" in page
    assert "not run" not in page


def test_list_names_boards_of_papers_and_those_of_the_runs(runs: Path) -> None:
    content = json.loads(call("list", "--runs", runs, "--json"))
    assert BOARD in [board["id"] for board in content["boards"]]
    assert BOARD in call("list", "--runs", runs)


def test_a_broken_record_is_a_line_on_standard_error(runs: Path, tmp_path: Path) -> None:
    (runs / "two").mkdir()
    (runs / "two" / RECORD_FILE).write_text("{", encoding="utf-8")
    result = CliRunner().invoke(command, ["build", "--runs", str(runs), "--out", str(tmp_path / "site")])
    assert result.exit_code == 0
    assert "'two' is left out" in result.stderr
    assert result.stderr.count("\n") == 1


def test_where_every_record_is_broken_the_lines_are_said_all_the_same(runs: Path, tmp_path: Path) -> None:
    (runs / "one" / RECORD_FILE).write_text("{", encoding="utf-8")
    result = CliRunner().invoke(command, ["build", "--runs", str(runs), "--out", str(tmp_path / "site")])
    assert result.exit_code == 0
    assert "'one' is left out" in result.stderr


def refusal(error: type[Exception], *arguments: object) -> str:
    with pytest.raises(error) as caught:
        CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    return str(caught.value)


def test_refusals_name_what_is_true_and_the_next_step(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    near = refusal(
        UnknownNameError, "build", "--runs", runs, "--out", out, "--board", "standing-tvsum-ful-peruser"
    )
    assert BOARD in near and "vsumbench leaderboard list" in near
    assert "'pdf'" in refusal(UsageError, "build", "--runs", runs, "--out", out, "--format", "html,pdf")
    assert "vsumbench run" in refusal(DataMissingError, "build", "--runs", tmp_path / "nowhere", "--out", out)
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refusal(
        StorageError, "build", "--runs", runs, "--out", tmp_path / "file" / "x"
    )
    assert not out.exists()


def test_the_verb_is_known_to_the_group() -> None:
    result = CliRunner().invoke(group, ["leaderboard", "--help"])
    assert result.exit_code == 0
    assert "build" in result.output and "list" in result.output
