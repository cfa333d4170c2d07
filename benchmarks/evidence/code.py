"""Digests of code that change when what it does can change, and not with its comments."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vsumbench.config.options import compose_options
from vsumbench.contracts import ModelSpec

CORE = ("vsumbench.planted", "vsumbench.scoring", "vsumbench.training")
"""What every figure of a table stands on besides its method."""


def method_code(spec: ModelSpec, preset: str) -> dict[str, str]:
    """Digests of what a method's figures depend on.

    `method`: its own package, and its options at this preset; not its spec, where citations and other presets
    stand. `shared`: the packages it declares as its source. `core`: training, scoring, the planted world.
    """
    module = spec.implementation.partition(":")[0]
    options = compose_options(
        spec, variant=spec.variants[0] if spec.variants else None, preset=spec.preset(preset)
    ).values
    own = [path for path in _files(module) if path.name != "spec.py"]
    return {
        "method": _sha([digest_of(own), json.dumps(dict(options), sort_keys=True)]),
        "shared": digest_of(path for name in spec.source for path in _files(name)),
        "core": digest_of(path for name in CORE for path in _files(name)),
    }


def digest_of(paths: Iterable[Path]) -> str:
    """Sha256 over the syntax of Python files, without docstrings, comments and layout; of any order."""
    return _sha(sorted(f"{path.parent.name}/{path.name} {_shape(path)}" for path in set(paths)))


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """The parts whose code is another one."""
    return tuple(part for part in now if then.get(part) != now[part])


def _files(module: str) -> list[Path]:
    """The Python files of a package, or of the package a module lies in; nothing is run to find them.

    Raises:
        ModuleNotFoundError: it cannot be found.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return sorted(Path(spec.origin).parent.rglob("*.py"))


def _shape(path: Path) -> str:
    return _sha([json.dumps(_plain(ast.parse(path.read_bytes())), ensure_ascii=True)])


def _plain(node: Any) -> Any:
    """Syntax as lists; what is empty is left out, so that a field a later Python adds changes nothing."""
    if isinstance(node, ast.AST):
        fields = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            fields = [(name, _without_texts(value) if name == "body" else value) for name, value in fields]
        return [type(node).__name__, *([name, _plain(value)] for name, value in fields)]
    if isinstance(node, list):
        return [_plain(one) for one in node]
    return node if isinstance(node, str | int) else repr(node)


def _without_texts(body: list[Any]) -> list[Any]:
    """The body without texts that nobody reads: docstrings, and those of attributes."""
    return [one for one in body if not (isinstance(one, ast.Expr) and _is_text(one.value))]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _sha(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
