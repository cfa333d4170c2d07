"""Where a summary is written: into a folder beside, which takes its name when everything is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from vsumbench.errors import DiskFullError, StorageError
from vsumbench.records.files import DISK_FULL

DOCUMENT = "summary.json"
"""What a folder of a summary always has."""
_ANOTHER = "Name another folder with --out."


def check_place(out: Path, force: bool) -> None:
    """Refuse a place that is taken. An empty folder is free; `force` gives up a summary, and nothing else.

    Raises:
        StorageError: something is there, or nobody can look.
    """
    try:
        found = _found(out)
    except OSError as error:
        raise StorageError(f"{out} cannot be written: {error.strerror or error}.", _ANOTHER) from None
    if found == "another":
        raise StorageError(f"{out} is there, and is no summary.", _ANOTHER)
    if found == "summary" and not force:
        raise StorageError(
            f"{out} holds a summary.", "Replace it with --force, or name another folder with --out."
        )


def _found(out: Path) -> Literal["nothing", "summary", "another"]:
    if not out.exists() and not out.is_symlink():
        return "nothing"
    if out.is_dir() and not any(out.iterdir()):
        return "nothing"
    return "summary" if out.is_dir() and (out / DOCUMENT).is_file() else "another"


@contextmanager
def placed(out: Path, force: bool) -> Iterator[Path]:
    """A new folder to write into, which becomes `out` at the end; after an error nothing of it is left, and
    what stood there before stands there still.

    Raises:
        StorageError: as `check_place`; the folder cannot be written.
        DiskFullError: the disk is full.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100  (a link keeps its name)
    work = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    made: list[Path] = []
    moving = False
    try:
        made = [folder for folder in work.parents if not folder.exists()]
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        yield work
        check_place(out, force)
        if out.exists():
            moving = True
            out.replace(old)
        work.replace(out)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(
                f"The disk is full: {out} could not be written.", "Free some space."
            ) from error
        raise StorageError(f"{out} cannot be written: {error.strerror or error}.", _ANOTHER) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if moving and not out.exists() and old.exists():
            old.replace(out)
        elif moving and old.is_symlink():
            old.unlink()
        shutil.rmtree(old, ignore_errors=True)
        for folder in made:
            with suppress(OSError):  # not empty: the summary is in it
                folder.rmdir()
