"""Reading docstrings: paragraphs, `Attributes:` and `Args:` lists, and the strings below constants."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from types import ModuleType

_HEADS = ("Args", "Attributes", "Returns", "Raises")


def sections(text: str | None) -> dict[str, str]:
    """The parts of a docstring: its text as `""`, then each headed part, dedented."""
    parts: dict[str, list[str]] = {"": []}
    name = ""
    for line in inspect.cleandoc(text or "").splitlines():
        if line.endswith(":") and line[:-1] in _HEADS:
            name = line[:-1]
            parts[name] = []
        else:
            parts[name].append(line)
    return {head: inspect.cleandoc("\n".join(["", *lines])) for head, lines in parts.items()}


def first_paragraph(text: str | None) -> str:
    """The first paragraph on one line."""
    return " ".join(sections(text)[""].partition("\n\n")[0].split())


def entries(text: str) -> dict[str, str]:
    """`name: meaning` entries, each on one line; `a, b: meaning` stands for both names."""
    found: dict[str, str] = {}
    current: list[str] = []
    for line in text.splitlines():
        head = re.match(r"([A-Za-z_][\w, ]*): (.*)", line)
        if head:
            current = [name.strip() for name in head[1].split(",")]
            found |= dict.fromkeys(current, head[2].strip())
        else:
            for name in current:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def attributes(cls: type) -> dict[str, str]:
    """What `Attributes:` of a class and of its bases say; a class goes before its bases."""
    found: dict[str, str] = {}
    for one in reversed(cls.__mro__):
        found |= entries(sections(one.__doc__).get("Attributes", ""))
    return found


def below_assignments(source: str) -> dict[str, str]:
    """Name → the string written below its assignment, in a module's or a class's source."""
    tree = ast.parse(textwrap.dedent(source))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else tree.body
    found = {}
    for statement, after in itertools.pairwise(body):
        told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(statement, ast.Assign) and told and isinstance(statement.targets[0], ast.Name):
            assert isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            found[statement.targets[0].id] = " ".join(str(after.value.value).split())
    return found


def constants(module: ModuleType) -> dict[str, str]:
    """The documented constants of a module."""
    return below_assignments(inspect.getsource(module))
