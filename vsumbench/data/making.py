"""Write a folder whole or not at all: in a folder beside, then renamed; one process at a time.

Generated editions and weights are both written so. A manifest is written last; its presence means that the
folder is whole.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.errors import DataDamagedError, DiskFullError, PluginError, StorageError, VsumbenchError

from .checks import read_json
from .digests import canonical_json, sha256_file
from .roots import PLANTED_VARIABLE

MANIFEST = "planted.json"
"""The manifest of a generated edition: file → sha256."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a kind of folder has for a manifest, and which variable names another place for it.

    Attributes:
        content: the manifest's content, from the digests of the files.
        is_current: whether a folder with a manifest need not be written again.
    """

    manifest: str
    variable: str
    content: Callable[[Mapping[str, str]], Mapping[str, Any]] = dict
    is_current: Callable[[Path], bool] = lambda folder: True

    def whole(self, folder: Path) -> bool:
        """Whether the folder is there, finished, and what would be written now."""
        return (folder / self.manifest).is_file() and self.is_current(folder)


PLANTED_FORM = Form(manifest=MANIFEST, variable=PLANTED_VARIABLE)


def make_folder(
    folder: Path,
    maker: Callable[..., Any],
    what: str,
    progress: ProgressCallback | None = None,
    force: bool = False,
    form: Form = PLANTED_FORM,
) -> bool:
    """Run `maker(folder, progress)` so that `folder` appears complete, with a manifest of digests.

    Returns:
        Whether it was made now; False where it was there.

    Raises:
        StorageError, DiskFullError: the folder cannot be written.
        PluginError: the maker raised an error of its own, wrote nothing, or a file of the manifest's name.
    """
    if form.whole(folder) and not force:
        return False
    from filelock import FileLock

    parent = folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent / f".{folder.name}.lock"):
            if form.whole(folder) and not force:
                return False
            # Left by an interrupted make; nobody else works here while the lock is held.
            unfinished = parent / f".{folder.name}.making"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            try:
                _run(maker, unfinished, progress, what)
                content = form.content(_digests(unfinished, form.manifest, what))
                (unfinished / form.manifest).write_text(canonical_json(content), encoding="utf-8")
                if folder.exists():
                    shutil.rmtree(folder)
                unfinished.rename(folder)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageError
        raise kind(
            f"{what} cannot be written to {folder}: {error.strerror or error}.",
            f"Free some space, or name another folder with {form.variable}.",
        ) from None
    return True


def check_manifest(folder: Path) -> list[str]:
    """Lines for each file of a generated edition that is missing, changed or not in its manifest.

    Raises:
        DataMissingError: there is no manifest.
        DataDamagedError: the manifest cannot be read.
    """
    expected = read_json(folder / MANIFEST)
    if not isinstance(expected, dict):
        raise DataDamagedError(f"{folder / MANIFEST}: expected an object, found {type(expected).__name__}.")
    found = {name: sha256_file(folder / name) for name in files_of(folder, MANIFEST)}
    return differences(expected, found)


def differences(expected: Mapping[str, Any], found: Mapping[str, str]) -> list[str]:
    """A line for each file that is missing, changed or was added since its digest was written down."""
    return [
        f"{name}: {'is missing' if name not in found else 'was changed' if name in expected else 'was added'}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def files_of(folder: Path, manifest: str) -> list[str]:
    """Relative names of every file of a made folder but its manifest, sorted."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != manifest)


def _run(maker: Callable[..., Any], folder: Path, progress: ProgressCallback | None, what: str) -> None:
    try:
        maker(folder, progress)
    except (VsumbenchError, OSError):
        raise
    except Exception as error:
        raise PluginError(
            f"the maker of {what} failed: {type(error).__name__}: {error}.", "Report it."
        ) from error


def _digests(folder: Path, manifest: str, what: str) -> dict[str, str]:
    if (folder / manifest).exists():
        raise PluginError(
            f"the maker of {what} wrote {manifest}, which is the manifest's name.", "Report it."
        )
    names = files_of(folder, manifest)
    if not names:
        raise PluginError(f"the maker of {what} wrote no files.", "Report it.")
    return {name: sha256_file(folder / name) for name in names}
