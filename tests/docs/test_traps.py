"""Every trap the page names is held by a test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "traps.md"
HEADING = ["trap", "here", "test"]
SECTIONS = [
    "0. Every metric",
    *("a.1 Records", "a.2 Upsampling", "a.3 KTS", "a.4 Keyshot summaries", "a.5 F1"),
    *("a.6 Rank correlation", "a.7 Splits and selection"),
    *("b. VideoXum", "c. F_CLIP and digits", "d. Other text metrics", "e. Cost", "f. Mr. HiSum"),
    *("g. Dense captioning", "h. Anchors", "Caption scorers"),
]
LAST = "Not here yet"
PITFALLS = range(1, 12)
"""The numbered pitfalls of the packages that score captions."""


def sections(text: str) -> dict[str, str]:
    """What stands below each heading."""
    _, *parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables, their headings left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [cells for cells in found if cells != HEADING and set("".join(cells)) != {"-"}]


def folders(text: str) -> dict[str, str]:
    """The short names of folders, as the page gives them."""
    return dict(re.findall(r"^- `(\w+/)` is `([\w/-]+/)`$", text, flags=re.MULTILINE))


def names_in(cell: str) -> list[str]:
    """The tests a cell names; everything in it must be one."""
    names = cell.split(", ")
    assert all(re.fullmatch(r"`[\w/]+\.py(::\w+){1,2}`", name) for name in names), cell
    return [name.strip("`") for name in names]


@cache
def defined(path: Path) -> frozenset[str]:
    """`test` and `Class::test` of a file."""
    if not path.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)
            }
    return frozenset(found)


def missing(text: str) -> list[str]:
    """The named tests that are not there."""
    short = folders(text)
    lost = []
    for cells in rows(text):
        for name in names_in(cells[2]):
            file, _, test = name.partition("::")
            folder, _, rest = file.partition("/")
            known = short.get(f"{folder}/")
            if known is None or test not in defined(ROOT / known / rest) or "test_" not in test:
                lost.append(name)
    return lost


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_every_named_test_exists(page: str) -> None:
    assert missing(page) == []


def test_every_row_says_the_trap_what_happens_and_what_holds_it(page: str) -> None:
    assert len(rows(page)) > 150
    for cells in rows(page):
        assert len(cells) == 3 and all(cells), cells
    traps = [(name, cells[0]) for name, text in sections(page).items() for cells in rows(text)]
    assert len(set(traps)) == len(traps), "a trap stands twice"


def test_every_section_of_the_definitions_and_every_numbered_pitfall_has_rows(page: str) -> None:
    found = sections(page)
    assert list(found) == [*SECTIONS, LAST]
    assert all(rows(found[name]) for name in SECTIONS)
    numbers = [re.match(r"(\d+)\. ", cells[0]) for cells in rows(found["Caption scorers"])]
    assert sorted({int(number[1]) for number in numbers if number}) == list(PITFALLS)


def test_what_is_not_here_names_no_test_and_gives_a_reason(page: str) -> None:
    text = sections(page)[LAST]
    items = re.split(r"^- ", text, flags=re.MULTILINE)[1:]
    assert items and not rows(text) and "::" not in text
    assert all(len(item.split()) > 8 for item in items)


@pytest.mark.parametrize(
    "name",
    [
        "unit/test_scoring.py::test_that_nobody_wrote",
        "unit/test_nothing.py::test_one_step_has_no_rank_correlation",
        "nowhere/test_scoring.py::test_one_step_has_no_rank_correlation",
        "text/test_bertscore.py::test_an_empty_prediction_scores_0_by_rule",
        "text/test_bertscore.py::scored",
    ],
    ids=["test", "file", "folder", "without its class", "no test"],
)
def test_a_name_that_leads_nowhere_is_found(page: str, name: str) -> None:
    legend = page[: page.index("## 0.")]
    row = "| a trap | something happens | `{}` |\n"
    good = "unit/test_scoring.py::test_one_step_has_no_rank_correlation"
    assert missing(legend + row.format(good)) == []
    assert missing(legend + row.format(name)) == [name]
    with pytest.raises(AssertionError):
        missing(legend + "| a trap | something happens | none yet |\n")
