"""Where a result comes from: source digests and the environment, without importing what is described."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from vsumbench.errors import PluginError

_PACKAGES = (
    "numpy", "scipy", "h5py", "torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors",
    "pycocoevalcap", "rouge-score", "sacrebleu", "nltk", "pydantic", "click", "pluggy",
)  # fmt: skip
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TOKENIZERS_PARALLELISM")


@cache
def source_digest(module: str) -> str:
    """Sha256 over the Python source of a module's package folder, or of its file if it has no package.

    The whole folder counts, since a method's helpers change its results as much as its main module does.

    Raises:
        PluginError: the module cannot be found.
    """
    if module.endswith(".py"):
        return _digest_files([Path(module)], Path(module).parent)
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError) as error:
        raise PluginError(f"module {module!r} cannot be found: {error}.") from None
    if spec is None:
        raise PluginError(f"module {module!r} cannot be found.", "Reinstall the distribution that names it.")
    if spec.submodule_search_locations:
        folders = [Path(location) for location in spec.submodule_search_locations]
    elif spec.origin is None:
        raise PluginError(f"module {module!r} has no source file.")
    elif "." in module:
        folders = [Path(spec.origin).parent]
    else:
        return _digest_files([Path(spec.origin)], Path(spec.origin).parent)
    return _combine(_digest_files(sorted(folder.rglob("*.py")), folder) for folder in folders)


def sources_digest(modules: Iterable[str]) -> str:
    """One digest over the sources of several modules, whatever their order."""
    return _combine(f"{module}={source_digest(module)}" for module in sorted(set(modules)))


def _digest_files(paths: Iterable[Path], base: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(base).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _combine(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    """Versions of the distributions that are installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def environment(facts: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The machine and the versions a run used, with facts that plugins add. Nothing is imported.

    Nothing of ours changes between two calls.
    """
    added: dict[str, Any] = {}
    for more in facts:
        added |= more
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": installed_versions(_PACKAGES),
        "threads": {name: os.environ[name] for name in _THREADS if name in os.environ},
        "flags": {"optimized": sys.flags.optimize, "hash_randomization": sys.flags.hash_randomization},
        "facts": added,
    }
