"""Imports run one way: every module looks down, and plugins use the public rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import ROOT

PACKAGE = ROOT / "vsumbench"
LEVELS = (
    ("__version__", "errors"),
    ("contracts", "scoring"),
    ("spec_checks", "first_party", "entrypoints", "importing", "hookspecs", "hooks"),
    ("plugins",),
    ("planted",),
    ("config", "data", "defaults"),
    ("records",),
    ("store", "training"),
    ("running",),
    ("leaderboard", "viewer"),
    ("testing", "scaffold"),
    ("cli",),
    ("__main__",),
)
RANK = {room: rank for rank, rooms in enumerate(LEVELS) for room in rooms}
SAME_LEVEL = {
    # Rooms of one level that may know each other, as one stands just below the other.
    ("importing", "entrypoints"),
    ("hooks", "hookspecs"),
    ("hooks", "importing"),
    ("spec_checks", "entrypoints"),
    ("first_party", "entrypoints"),
    ("defaults", "data"),
}
OPEN_TO_PLUGINS = {"contracts", "errors", "scoring", "training", "testing", "data", "planted"}


def imports(path: Path, package: str) -> Iterator[tuple[int, str, bool]]:
    """Line, absolute module and whether it is imported at run time, for each import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) not in typing_only
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")
            above = base[: len(base) - node.level + 1] if node.level else []
            module = ".".join([*above, node.module] if node.module else above)
            # `from . import errors` names a module, `from .errors import X` is in one.
            for alias in node.names:
                name = f"{module}.{alias.name}" if module.count(".") < 1 else module
                yield node.lineno, name, id(node) not in typing_only


def room(module: str) -> str | None:
    """The room of `vsumbench.room.module`, or None for anything else."""
    parts = module.split(".")
    return parts[1] if parts[0] == "vsumbench" and len(parts) > 1 else None


def package_of(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).parent.parts)


MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_stands_below_it(name: str) -> None:
    path = ROOT / name
    own = path.stem if path.parent == PACKAGE else path.relative_to(PACKAGE).parts[0]
    if own == "__init__":
        return
    assert own in RANK, f"{name}: room {own!r} has no place in the table"
    wrong = []
    for line, module, at_run_time in imports(path, package_of(path, ROOT)):
        other = room(module)
        # The manual of hooks names the types of records and errors it never imports.
        if other is None or other == own or not at_run_time:
            continue
        assert other in RANK, f"{name}:{line}: room {other!r} has no place in the table"
        if RANK[other] > RANK[own] or (RANK[other] == RANK[own] and (own, other) not in SAME_LEVEL):
            wrong.append(f"line {line}: {own} -> {other}")
    assert not wrong, f"{name}: {'; '.join(wrong)}"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("vsumbench/scoring/")])
def test_scoring_knows_nothing_of_the_rest(name: str) -> None:
    path = ROOT / name
    for line, module, _ in imports(path, package_of(path, ROOT)):
        assert room(module) in (None, "scoring"), f"{name}:{line} imports {module}"
        assert module.split(".")[0] in {
            "__future__",
            "dataclasses",
            "collections",
            "numpy",
            "scipy",
            "vsumbench",
            "math",
        }


PLUGIN_FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "plugins").glob("*/src/**/*.py"))


@pytest.mark.parametrize("name", PLUGIN_FILES)
def test_a_plugin_distribution_uses_the_public_rooms_alone(name: str) -> None:
    path = ROOT / name
    source = ROOT.joinpath(*Path(name).parts[:3])
    own = path.relative_to(source).parts[0]
    for line, module, _ in imports(path, package_of(path, source)):
        other = room(module)
        assert other is None or other in OPEN_TO_PLUGINS, f"{name}:{line} imports {module}"
        if module.startswith("vsumbench_"):
            assert module.split(".")[0] == own, f"{name}:{line} imports another distribution, {module}"


def test_there_are_plugins_to_look_at() -> None:
    assert len(PLUGIN_FILES) > 10 and len(MODULES) > 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from ..errors import A", [("vsumbench.errors", True)]),
        ("from .. import errors", [("vsumbench.errors", True)]),
        ("from . import files", [("vsumbench.records", True)]),
        ("def f():\n    import vsumbench.cli.run", [("vsumbench.cli.run", True)]),
        ("if TYPE_CHECKING:\n    from ..running.plan import Plan", [("vsumbench.running.plan", False)]),
    ],
)
def test_the_reader_of_imports_sees_every_form(
    text: str, expected: list[tuple[str, bool]], tmp_path: Path
) -> None:
    path = tmp_path / "module.py"
    path.write_text(text)
    assert [found[1:] for found in imports(path, "vsumbench.records")] == expected
