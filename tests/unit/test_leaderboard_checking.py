"""`check_leaderboards` names the number that was changed, and what a board claims that is not in print."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vsumbench.contracts import LeaderboardSpec
from vsumbench.leaderboard.checking import check_leaderboards, check_reported
from vsumbench.leaderboard.digests import DIGESTS_FILE, write_digests

HEADER = "table,row,model,variant,dataset,task,metric,value,scale,protocol,quoted_from,same_as,note"
NUMBERS = [
    "1,Random,random,,tvsum,v2v,kendall,0.000,correlation,peruser-full,,,",
    "1,VASNet,vasnet,,tvsum,v2v,kendall,0.160,correlation,unknown,,,",
]
BOARD = """schema: 1
id: {name}-table-1
title: A table
caption: What it is about.
table: "1"
columns:
  - {{id: tau, title: Kendall, dataset: tvsum, protocol: peruser-2fps, metric: kendall}}
groups:
  - rows:
      - {{title: Random, model: random, reference: true}}
      - {{title: VASNet, model: vasnet}}
"""
Make = Callable[..., LeaderboardSpec]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Make:
    """Writes a leaderboard's package, with digests of what it holds then."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("VSUMBENCH_SHARED", raising=False)

    def one(name: str = "paper", numbers: list[str] = NUMBERS, board: str = BOARD) -> LeaderboardSpec:
        package = f"checked_{name}_{abs(hash(request.node.name)) % 10**8}"
        folder = tmp_path / package
        (folder / "boards").mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "reported.csv").write_text("\n".join([HEADER, *numbers]) + "\n", encoding="utf-8")
        (folder / "boards" / "table-1.yaml").write_text(board.format(name=name), encoding="utf-8")
        request.addfinalizer(lambda: sys.modules.pop(package, None))
        spec = LeaderboardSpec(id=name, title=name, package=package)
        write_digests(spec)
        return spec

    return one


def rewrite(tmp_path: Path, spec: LeaderboardSpec, file: str, old: str, new: str) -> None:
    path = tmp_path / spec.package / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_sound_leaderboard_has_no_problem(make: Make) -> None:
    checked = check_leaderboards([make()])
    assert (checked.numbers, checked.boards, checked.problems) == (2, 1, ())


def test_a_number_changed_by_hand_is_named_without_its_source(make: Make, tmp_path: Path) -> None:
    spec = make()
    rewrite(tmp_path, spec, "reported.csv", "0.160", "0.161")
    (problem,) = check_reported([spec])
    assert "Table 1, row 'VASNet', tvsum kendall: 0.161 correlation was changed by hand" in problem


def test_a_note_or_a_protocol_may_be_corrected(make: Make, tmp_path: Path) -> None:
    spec = make()
    rewrite(tmp_path, spec, "reported.csv", "unknown,,,", "peruser-2fps,,,an odd number")
    assert check_reported([spec]) == []


def test_numbers_that_came_or_went_are_named(make: Make, tmp_path: Path) -> None:
    spec = make()
    added = NUMBERS[1].replace("kendall,0.160", "spearman,0.170")
    rewrite(tmp_path, spec, "reported.csv", NUMBERS[0], added)
    problems = check_reported([spec])
    assert any("spearman: 0.170 correlation was added by hand" in problem for problem in problems)
    assert any(problem.startswith("paper:1:Random:tvsum:kendall: the number is gone") for problem in problems)
    assert any("row 'VASNet', tvsum spearman: no cell of a board" in problem for problem in problems)


def test_a_leaderboard_without_digests_is_told_how_to_write_them(make: Make, tmp_path: Path) -> None:
    spec = make()
    (tmp_path / spec.package / DIGESTS_FILE).unlink()
    (problem,) = check_reported([spec])
    assert f"python -m vsumbench.leaderboard.digests {spec.package}" in problem


def test_damaged_digests_are_one_problem(make: Make, tmp_path: Path) -> None:
    spec = make()
    rewrite(tmp_path, spec, DIGESTS_FILE, "key,digest", "name")
    (problem,) = check_reported([spec])
    assert "is no list of keys and digests" in problem


def test_with_the_transcription_printed_and_found_are_both_said(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make()
    papers = tmp_path / "shared" / "papers"
    papers.mkdir(parents=True)
    fields = ("paper", "table", "method", "dataset", "task", "metric", "value", "scale", "note")
    with (papers / "reported.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(fields)
        writer.writerow(("paper", "1", "Random", "TVSum", "V2V", "kendall", "0.000", "correlation", ""))
        writer.writerow(("paper", "1", "VASNet", "TVSum", "V2V", "kendall", "0.170", "correlation", ""))
        writer.writerow(("elsewhere", "1", "VASNet", "TVSum", "V2V", "kendall", "9", "correlation", ""))
    monkeypatch.setenv("VSUMBENCH_SHARED", str(papers.parent))
    (problem,) = check_reported([spec])
    assert "row 'VASNet', tvsum kendall: printed 0.170 correlation, found 0.160 correlation" in problem


def test_pairs_said_to_be_one_measurement_have_one_value(make: Make) -> None:
    other = "2,Other,vasnet,,tvsum,v2v,kendall,0.161,correlation,unknown,,paper:1:VASNet:tvsum:kendall,"
    problems = check_reported([make(numbers=[*NUMBERS, other])])
    assert any("said to be one measurement, and are 0.16" in problem for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: VASNet, model: vasnet", "title: VASNet, model: vasent", "the model 'vasent'"),
        ("model: vasnet", "model: csta", "is csta@, and paper:1:VASNet:tvsum:kendall is vasnet@"),
        ("title: VASNet,", "title: VASNet, reported: VASNET,", "nothing is printed in row 'VASNET'"),
        ("title: VASNet,", "title: VASNet, ours: true,", "said to be ours"),
        ("metric: kendall}}", "metric: spearman}}", "nothing is printed in column 'tau'"),
        ("metric: kendall}}", "metric: kendall, ours: true}}", "numbers of it are printed"),
        ('table: "1"', 'table: "1"\nlabel: Figure 1', "no cell of a board of the table show it"),
    ],
)
def test_what_a_board_claims_stands_in_print(make: Make, old: str, new: str, words: str) -> None:
    assert old in BOARD
    problems = check_reported([make(board=BOARD.replace(old, new))])
    assert any(words in problem for problem in problems), problems


def test_rows_and_columns_of_ours_are_no_problem(make: Make) -> None:
    board = BOARD.replace(
        "groups:",
        "  - {{id: rho, title: Spearman, dataset: tvsum, protocol: peruser-2fps, metric: spearman, "
        "ours: true}}\ngroups:",
    )
    board += "      - {{title: Floor, model: uniform, reference: true, ours: true}}\n"
    assert check_reported([make(board=board)]) == []


def test_a_broken_leaderboard_does_not_hide_the_problems_of_others(make: Make, tmp_path: Path) -> None:
    broken, sound = make("broken"), make("sound")
    rewrite(tmp_path, broken, "boards/table-1.yaml", "schema: 1", "schema: 9")
    rewrite(tmp_path, sound, "reported.csv", "0.160", "0.161")
    problems = check_reported([broken, sound])
    assert any("schema is 9" in problem for problem in problems)
    assert any("0.161 correlation was changed by hand" in problem for problem in problems)
