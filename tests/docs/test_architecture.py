"""The table of rooms in docs/explanation/architecture.md is what the code does: imports run one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "vsumbench"
PAGE = ROOT / "docs" / "explanation" / "architecture.md"
ABOVE_ALL = {"cli", "__main__"}
OF_PLUGINS = {"contracts", "errors", "scoring", "training", "testing", "data", "planted"}


def rooms() -> dict[str, set[str]]:
    """Room → the rooms it may import, as the page says. The room above all others is left out."""
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", page, flags=re.MULTILINE)
    return {room: set(re.findall(r"`(\w+)`", text)) for room, text in rows if text.strip() != "any"}


def imported(path: Path, package: list[str]) -> Iterator[tuple[str, bool]]:
    """Dotted names of our modules a file imports, and whether for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from . import x` and `from vsumbench import x` name the room last.
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "vsumbench" else [module]
        yield from ((name, id(node) in for_types) for name in names if name.partition(".")[0] == "vsumbench")


def arrows() -> Iterator[tuple[str, str, Path, bool]]:
    """(room, imported room, file, for types only) of every import between rooms of the core."""
    for path in sorted(CORE.rglob("*.py")):
        parts = path.relative_to(CORE).with_suffix("").parts
        for name, for_types in imported(path, ["vsumbench", *parts[:-1]]):
            room = name.split(".")[1] if "." in name else "__init__"
            if room != parts[0] and ((CORE / room).is_dir() or (CORE / f"{room}.py").is_file()):
                yield parts[0], room, path, for_types


def test_every_room_is_in_the_table() -> None:
    there = {path.stem for path in CORE.glob("*.py") if path.stem != "__init__"}
    there |= {path.parent.name for path in CORE.glob("*/__init__.py")}
    assert set(rooms()) == there - ABOVE_ALL


def test_a_room_imports_only_what_the_table_allows() -> None:
    allowed = rooms()
    wrong = [
        f"{path.relative_to(ROOT)} imports {target}"
        for room, target, path, _ in arrows()
        if room not in ABOVE_ALL and target not in allowed[room]
    ]
    assert wrong == []


def test_the_table_has_no_circle() -> None:
    # What is imported for types alone binds nobody at run time.
    only_for_types = {("hookspecs", "records")}
    needed = {(room, target) for room, target, _, for_types in arrows() if not for_types}
    assert not only_for_types & needed
    graph = {
        room: {target for target in targets if (room, target) not in only_for_types}
        for room, targets in rooms().items()
    }
    assert list(TopologicalSorter(graph).static_order())


def test_scoring_imports_no_room() -> None:
    assert rooms()["scoring"] == set()
    assert [path for room, _, path, _ in arrows() if room == "scoring"] == []


PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_imports_only_what_is_public(folder: Path) -> None:
    files = sorted((folder / "src").rglob("*.py"))
    assert files
    names = [(name, path) for path in files for name, _ in imported(path, [])]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for name, path in names
        if name != "vsumbench" and name.split(".")[1] not in OF_PLUGINS
    ]
    assert wrong == []
