"""The spec of a package that lies here as source and is not installed yet."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from vsumbench.entrypoints import Kind, normalise


def spec_in_source(name: str, parent: Path) -> tuple[Path, str] | None:
    """The package folder `vsumbench-NAME` below `parent` and the `module:SPEC` its entry point names.

    Its `src` folder is put on the import path. None if there is no such folder, or it declares no such name.
    """
    folder = parent / f"vsumbench-{normalise(name)}"
    try:
        content = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        groups = content["project"]["entry-points"]
        targets = {
            normalise(entry): target for kind in Kind for entry, target in groups.get(kind.group, {}).items()
        }
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError):
        return None
    target = targets.get(normalise(name))
    if not isinstance(target, str):
        return None
    sys.path.insert(0, str((folder / "src").resolve()))
    return folder, target
