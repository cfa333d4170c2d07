"""Columns that plugins add to standing boards: what is shown, what is refused, and in every renderer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from vsumbench.hookspecs import BoardColumn
from vsumbench.leaderboard.catalog import Catalog
from vsumbench.leaderboard.extra import LONGEST, gather
from vsumbench.leaderboard.html import render_html
from vsumbench.leaderboard.json_ import render_json
from vsumbench.leaderboard.markdown import render_markdown
from vsumbench.leaderboard.pages import Library, Site
from vsumbench.leaderboard.table import Table
from vsumbench.records.record import RunRecord
from vsumbench.store.records import Store
from vsumbench.testing.sealed import make_record, make_score, seal

HOSTILE = "<script>alert(1)</script>|`*_[x](javascript:1)\n\x00end"


def column(value: object, identifier: str = "x", **more: Any) -> BoardColumn:
    """A column; `value` is what it shows, or how to find that."""
    ask: Callable[[RunRecord], Any] = value if callable(value) else lambda record: value
    return BoardColumn(id=identifier, **{"title": "Extra", "value": ask, "plugin": "dist:hook", **more})


def one(name: str = "method", tau: float = 0.2, **more: Any) -> RunRecord:
    return make_record(name, "tvsum", [make_score("peruser-2fps", "kendall", tau)], **more)


def board(folder: Path, columns: Sequence[BoardColumn], *records: RunRecord) -> tuple[Table, tuple[str, ...]]:
    """The only standing board of these records, and the warnings."""
    for number, record in enumerate(records or (one(),)):
        seal(folder / "runs", record, f"run{number}")
    with Store(folder / "runs") as store:
        site = Site(Library(), store, Catalog(), columns)
        (table,) = site.tables()
        return table, site.warnings


def shown(table: Table) -> list[Any]:
    return [[cell.value for cell in row.extras] for row in table.rows]


def test_a_number_a_text_and_an_empty_cell_stand_after_the_measured_columns(tmp_path: Path) -> None:
    added = (
        column(lambda r: r.seed + 0.125, "n", title="Number", digits=1, direction="lower"),
        column(lambda r: r.device, "t", title="Text"),
        column(None, "e", title="Empty", direction="higher"),
    )
    table, warnings = board(tmp_path, added, one(seed=3))
    assert warnings == ()
    assert shown(table) == [[3.125, "cpu", None]]
    lines = [line for line in render_markdown(table).splitlines() if line.startswith("|")]
    assert lines[0] == "| Method | kendall ↑ | Number ↓ | Text | Empty ↑ |"
    assert lines[1].count("---:") == 4
    assert lines[-1].endswith("| 3.1 | cpu |  |")
    assert {line.count("|") for line in lines} == {6}
    page = render_html(table)
    assert "Added by plugins, not ranked: Number (dist:hook), Text (dist:hook), Empty (dist:hook)." in page
    assert "<td>3.1</td>\n<td>cpu</td>\n<td></td>\n</tr>" in page
    assert page.count('scope="col"') == 5
    assert 'colspan="5"' in page
    assert page.count("lower is better") == 1
    content = json.loads(render_json(table))
    assert [c["id"] for c in content["extra_columns"]] == ["n", "t", "e"]
    assert content["groups"][0]["rows"][0]["extras"][0] == {"column": "n", "value": 3.125}


def test_extra_columns_change_no_rank_and_no_order(tmp_path: Path) -> None:
    records = (one("a", 0.3), one("b", 0.1), one("c", 0.2))
    added = [column(lambda r: {"a": 1, "b": 3, "c": 2}[r.model.id], direction="higher")]
    plain, _ = board(tmp_path / "plain", (), *records)
    table, _ = board(tmp_path / "more", added, *records)
    assert [(r.title, r.cells) for r in table.rows] == [(r.title, r.cells) for r in plain.rows]
    assert [row.title for row in table.rows] == ["a", "c", "b"]
    assert shown(table) == [[1.0], [2.0], [3.0]]
    assert "extras" not in render_json(plain) and "extra_columns" not in render_json(plain)


def seeds(day: Sequence[int] = (1, 3, 2)) -> list[RunRecord]:
    return [one(seed=i, finished=f"2026-01-0{d}T00:00:00+00:00") for i, d in enumerate(day)]


def test_numbers_of_seeds_are_averaged_and_each_run_is_asked_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def value(record: RunRecord) -> int:
        asked.append(record.seed)
        return [1, 2, 6][record.seed]

    table, _ = board(tmp_path, [column(value)], *seeds())
    assert shown(table) == [[3.0]]
    assert asked == [0, 1, 2]


@pytest.mark.parametrize(
    ("values", "expected"),
    [(("a", "b", "c"), "b"), ((1.0, "b", 2.0), "b"), ((None, 2.0, 4.0), 2.0), ((1.0, None, 2.0), None)],
)
def test_seeds_that_are_not_all_numbers_show_the_newest_run(
    tmp_path: Path, values: Sequence[Any], expected: Any
) -> None:
    table, warnings = board(tmp_path, [column(lambda r: values[r.seed])], *seeds())
    assert shown(table) == [[expected]]
    assert warnings == ()


def test_a_prediction_sealed_twice_counts_once(tmp_path: Path) -> None:
    table, _ = board(tmp_path, [column(lambda r: r.seed)], one(seed=0), one(seed=3), one(seed=3))
    assert shown(table) == [[1.5]]


def test_a_run_on_two_boards_costs_one_line_and_shows_on_both(tmp_path: Path) -> None:
    scores = [make_score(p, "kendall", 0.2) for p in ("peruser-2fps", "peruser-full")]

    def value(record: RunRecord) -> str:
        if record.model.id == "bad":
            raise KeyError("no such\nfact")
        return "fine"

    for name in ("bad", "good"):
        seal(tmp_path, make_record(name, "tvsum", scores), name)
    with Store(tmp_path) as store:
        site = Site(Library(), store, Catalog(), [column(value)])
        tables = site.tables()
    assert [shown(table) for table in tables] == [[[None], ["fine"]]] * 2
    assert site.warnings == (r"column 'x' of plugin dist:hook is empty for 1 run: KeyError: 'no such\nfact'",)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "expected a finite number"),
        (float("-inf"), "expected a finite number"),
        (10**400, "OverflowError"),
        (True, "the value is a bool"),
        ({"a": 1}, "the value is a dict"),
        (1j, "the value is a complex"),
        ("\udc80", "UnicodeEncodeError"),
    ],
)
def test_what_no_cell_can_hold_is_an_empty_cell_and_one_line(
    tmp_path: Path, value: object, said: str
) -> None:
    table, warnings = board(tmp_path, [column(value)], one("a"), one("b"))
    assert shown(table) == [[None], [None]]
    (line,) = warnings
    assert line.startswith("column 'x' of plugin dist:hook is empty for 2 runs: ")
    assert said in line and "\n" not in line
    json.loads(render_json(table))


def test_numbers_of_arrays_are_numbers_and_the_largest_have_a_mean(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    added = [column(numpy.float32(0.5), "f"), column(numpy.int64(2), "i"), column(1.7e308, "l")]
    table, warnings = board(tmp_path, added, *seeds())
    assert (shown(table), warnings) == ([[0.5, 2.0, 1.7e308]], ())
    assert {type(cell.value) for cell in table.rows[0].extras} == {float}


def test_text_is_shown_as_text_on_one_line_and_not_longer_than_a_cell(tmp_path: Path) -> None:
    added = [column(HOSTILE, "h", title=HOSTILE, plugin=HOSTILE), column("é" * 200, "l"), column(" \n", "b")]
    table, warnings = board(tmp_path, added)
    assert warnings == ()
    assert shown(table) == [
        ["<script>alert(1)</script>|`*_[x](javascript:1) end", "é" * (LONGEST - 1) + "…", None]
    ]
    page = render_html(table)
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 4  # the heading, the cell, the legend's two
    markdown_it = pytest.importorskip("markdown_it")
    text = render_markdown(table)
    rendered = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in rendered and "<a " not in rendered
    assert rendered.count("<td") == 2 * (1 + 1 + 3)  # the group's line, and the row
    assert "&lt;script&gt;alert(1)&lt;/script&gt;|`*_[x](javascript:1) end</td>" in rendered


def test_of_two_columns_of_one_id_the_first_is_shown_with_one_line(tmp_path: Path) -> None:
    added = [column(1, plugin="a:h"), column(2, plugin="b:h"), column(3, "kendall", plugin="c:h")]
    table, warnings = board(tmp_path, added)
    assert shown(table) == [[1.0]]
    assert warnings == (
        "column 'x' of plugin b:h is left out: its id is that of a column of plugin a:h.",
        "column 'kendall' of plugin c:h is left out: its id is that of a measured column.",
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digits": -1}, "its digits is -1"),
        ({"digits": "2"}, "its digits is '2'"),
        ({"direction": "up"}, "its direction is 'up'"),
        ({"title": " "}, "its title is ' '"),
        ({"title": "\udc80"}, "its title cannot be written"),
        ({"id": ["x"]}, "its id is"),
        ({"value": 3}, "its value cannot be called"),
    ],
)
def test_a_column_that_is_not_what_it_must_be_is_left_out_and_the_others_stay(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    facts: dict[str, Any] = {"id": "bad", "title": "Bad", "value": lambda record: 1, **changes}
    table, warnings = board(tmp_path, [BoardColumn(**facts), column("kept")])
    assert shown(table) == [["kept"]]
    (line,) = warnings
    assert said in line and "is left out" in line


def test_what_is_no_column_is_one_line_that_names_the_plugin() -> None:
    class Lazy:
        def __iter__(self) -> Any:
            raise OSError("late")

    fine = BoardColumn(id="x", title="X", value=lambda record: 1)
    columns, warnings = gather(
        [("a:h", [fine, 3, "y"]), ("b:h", 7), ("c:h", Lazy()), ("d:h", fine), ("e:h", "text")]
    )
    assert [c.plugin for c in columns] == ["a:h", "d:h"]
    assert [line.split(" gave ")[0] for line in warnings] == [
        f"hook board_columns of plugin {name}" for name in ("a:h", "b:h", "c:h", "e:h")
    ]
    assert "OSError: late" in warnings[2]
