"""Putting files into a dataset's folder: below it, whole, and by rename."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from vsumbench.errors import BusyError, DiskFullError, MismatchError, StorageError

STAGING = ".fetching"
"""Folder, inside the dataset's, of what is not whole yet: on the same disk, so that a rename is enough."""
LOCK = ".vsumbench.lock"
BLOCK = 1 << 20
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about writing below `folder` into one clear error."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(
                f"the disk is full: {folder} could not be written.",
                "Free some space and repeat the command, which goes on where it stopped.",
            ) from error
        raise StorageError(
            f"{folder} cannot be written: {error.strerror or error}.",
            "Name a folder you may write to with --data-root.",
        ) from error


@contextmanager
def working_in(folder: Path) -> Iterator[Path]:
    """Hold a dataset's folder for one process; gives its staging folder, removed afterwards if empty.

    Raises:
        BusyError: another process fetches or imports into it.
        StorageError, DiskFullError: it cannot be written.
    """
    from filelock import FileLock, Timeout

    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BusyError(
                f"another process fetches or imports into {folder}.",
                "Wait until it is done, then repeat the command.",
            ) from None
        try:
            staging = folder / STAGING
            staging.mkdir(exist_ok=True)
            yield staging
        finally:
            if staging.is_dir() and not any(staging.iterdir()):
                staging.rmdir()
            lock.release()


def target_in(folder: Path, name: str) -> Path:
    """Where a file of this relative name belongs in `folder`.

    Raises:
        MismatchError: the name leads out of the folder, or into what this project keeps there.
    """
    parts = PurePosixPath(name).parts
    outside = not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name
    if outside or parts[0] in (STAGING, LOCK):
        raise MismatchError(f"{name!r} is no place for a file in {folder}.", "Report it to the plugin.")
    return folder.joinpath(*parts)


def place(whole: Path, target: Path) -> None:
    """Move a finished file to its place, replacing what is there at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    whole.replace(target)


def check_space(folder: Path, size: int, what: str) -> None:
    """Refuse to begin what cannot end.

    Raises:
        DiskFullError: less than `size` bytes are free.
    """
    free = shutil.disk_usage(folder).free
    if size > free:
        raise DiskFullError(
            f"{what} needs {in_words(size)}; {folder} has {in_words(free)} free.",
            "Free some space, or name another folder with --data-root.",
        )


def in_words(size: int) -> str:
    """`1.2 GiB`, `17 MiB`, `812 bytes`."""
    for unit, bits in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >> bits:
            return f"{size / (1 << bits):.1f} {unit}"
    return f"{size} bytes"


def synced(path: Path) -> None:
    """Have a finished file on disk before it gets its name."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
