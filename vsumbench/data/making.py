"""Write a generated edition whole or not at all: in a folder beside, then renamed; one process at a time."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.errors import DataDamagedError, DiskFullError, PluginError, StorageError, VsumbenchError

from .checks import read_json
from .digests import canonical_json, sha256_file

MANIFEST = "planted.json"
"""Written last into a generated folder: file → sha256. Its presence means the folder is whole."""


def make_folder(
    folder: Path,
    maker: Callable[..., Any],
    what: str,
    progress: ProgressCallback | None = None,
    force: bool = False,
) -> bool:
    """Run `maker(folder, progress)` so that `folder` appears complete, with a manifest of digests.

    Returns:
        Whether it was made now; False where it was there.

    Raises:
        StorageError, DiskFullError: the folder cannot be written.
        PluginError: the maker raised an error of its own, or wrote nothing.
    """
    if (folder / MANIFEST).is_file() and not force:
        return False
    from filelock import FileLock

    parent = folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent / f".{folder.name}.lock"):
            if (folder / MANIFEST).is_file() and not force:
                return False
            # Left by an interrupted make; nobody else works here while the lock is held.
            unfinished = parent / f".{folder.name}.making"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            try:
                _run(maker, unfinished, progress, what)
                (unfinished / MANIFEST).write_text(
                    canonical_json(_digests(unfinished, what)), encoding="utf-8"
                )
                if folder.exists():
                    shutil.rmtree(folder)
                unfinished.rename(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageError
        raise kind(
            f"{what} cannot be written to {folder}: {error.strerror or error}.",
            "Free some space, or name another folder with VSUMBENCH_PLANTED.",
        ) from None
    return True


def check_manifest(folder: Path) -> list[str]:
    """Lines for each file of a generated folder that is missing, changed or not in its manifest.

    Raises:
        DataMissingError: there is no manifest.
        DataDamagedError: the manifest cannot be read.
    """
    expected = read_json(folder / MANIFEST)
    if not isinstance(expected, dict):
        raise DataDamagedError(f"{folder / MANIFEST}: expected an object, found {type(expected).__name__}.")
    found = {name: sha256_file(folder / name) for name in _files(folder)}
    return [
        f"{name}: {'is missing' if name not in found else 'was changed' if name in expected else 'was added'}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def _run(maker: Callable[..., Any], folder: Path, progress: ProgressCallback | None, what: str) -> None:
    try:
        maker(folder, progress)
    except (VsumbenchError, OSError):
        raise
    except Exception as error:
        raise PluginError(
            f"the maker of {what} failed: {type(error).__name__}: {error}.", "Report it."
        ) from error


def _files(folder: Path) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != MANIFEST)


def _digests(folder: Path, what: str) -> dict[str, str]:
    names = _files(folder)
    if not names:
        raise PluginError(f"the maker of {what} wrote no files.", "Report it.")
    return {name: sha256_file(folder / name) for name in names}
