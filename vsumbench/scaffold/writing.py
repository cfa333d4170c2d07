"""Render the templates of a kind into a new folder, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from string import Template

from vsumbench.errors import StorageError, UsageError

from .names import PluginName

TEMPLATES = Path(__file__).parent / "templates"
KINDS = ("model", "dataset", "metric")

_IMPLEMENTATIONS = {"model": ("model.py",), "dataset": ("reader.py", "maker.py"), "metric": ("metric.py",)}
_EXAMPLES = {
    "model": "vsumbench run --model $name --dataset toy",
    "dataset": "vsumbench run --model random --dataset $name",
    "metric": "vsumbench run --model random --dataset toy --protocol keyshot-f1-avg --metrics f1,$name",
}


def write_package(kind: str, name: PluginName, parent: Path) -> Path:
    """Write `parent/<distribution>` and return it.

    Raises:
        UsageError: the folder is there already; nothing in it is touched.
        StorageError: it cannot be written.
    """
    folder = parent / name.distribution
    if folder.exists():
        raise UsageError(
            f"{folder} exists already, and nothing in it is overwritten.",
            "Choose another name, or another place with --dir.",
        )
    values = {
        **asdict(name),
        "name": name.id,
        "kind": kind,
        "example": Template(_EXAMPLES[kind]).substitute(name=name.id),
    }
    try:
        parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed, so that a full disk leaves no half of a package.
        with tempfile.TemporaryDirectory(prefix=f".{name.distribution}.", dir=parent) as unfinished:
            made = Path(unfinished) / name.distribution
            for target, template in _files(kind, name).items():
                path = made / target
                path.parent.mkdir(parents=True, exist_ok=True)
                text = (TEMPLATES / template).read_text(encoding="utf-8")
                path.write_text(Template(text).substitute(values), encoding="utf-8")
            shutil.move(made, folder)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return folder


def _files(kind: str, name: PluginName) -> dict[str, str]:
    """Path in the new package → template."""
    code = f"src/{name.package}"
    return {
        "pyproject.toml": "common/pyproject.toml.tmpl",
        "README.md": "common/README.md.tmpl",
        "LICENSE": "common/LICENSE.tmpl",
        "tests/test_conformance.py": "common/test_conformance.py.tmpl",
        f"{code}/__init__.py": "common/__init__.py.tmpl",
        f"{code}/py.typed": "common/py.typed.tmpl",
        f"{code}/spec.py": f"{kind}/spec.py.tmpl",
        **{f"{code}/{module}": f"{kind}/{module}.tmpl" for module in _IMPLEMENTATIONS[kind]},
    }
