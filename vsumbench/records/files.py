"""Durable writing: append whole lines, replace whole files. Every file of a run folder goes through here.

A process killed at any instant leaves either a complete line or a torn last one, which the next start cuts
off; a replaced file is either the old or the new one.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vsumbench.errors import DataDamagedError, DiskFullError, StorageError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
CHANGED = "The run folder was changed by hand; remove it and repeat the run."


def dumps(payload: object) -> str:
    """One line of JSON; NaN is refused."""
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into one clear error."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(
                f"The disk is full: {path} could not be written.",
                "Free some space and repeat the command; what was written before is kept.",
            ) from error
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose a folder you may write to with --runs.",
        ) from error


def make_folder(path: Path) -> Path:
    """Make a folder and its parents."""
    with storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def append_line(path: Path, payload: object) -> None:
    """Append one JSON line in one write. If the disk refuses half of it, the other half is taken back."""
    # A lone surrogate (a file name in a traceback) is written as the JSON escape it is.
    line = (dumps(payload) + "\n").encode("utf-8", "backslashreplace")
    with storage_errors(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            begin = os.lseek(descriptor, 0, os.SEEK_END)
            written = 0
            try:
                while written < len(line):
                    written += os.write(descriptor, line[written:])
            except OSError:
                os.ftruncate(descriptor, begin)
                raise
        finally:
            os.close(descriptor)


def replace_file(path: Path, text: str) -> None:
    """Write a file whole: temporary file, fsync, rename."""
    temporary = path.with_name(f".{path.name}.tmp")
    with storage_errors(path):
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)


def replace_json(path: Path, payload: object) -> None:
    """Write a JSON file whole, readable and in a fixed order."""
    replace_file(
        path, json.dumps(payload, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    )


def replace_csv(path: Path, rows: Iterable[Iterable[str]]) -> None:
    """Write a CSV file whole."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    replace_file(path, text.getvalue())


def cut_torn_line(path: Path) -> bool:
    """Cut off what an interrupted append left behind the last complete line; True if there was something."""
    if not path.exists():
        return False
    with storage_errors(path), path.open("rb+") as stream:
        size = stream.seek(0, os.SEEK_END)
        end = _last_newline(stream, size)
        if end == size:
            return False
        stream.truncate(end)
    return True


def _last_newline(stream: Any, size: int) -> int:
    """The offset behind the last newline, or 0."""
    block = 1 << 16
    position = size
    while position > 0:
        start = max(0, position - block)
        stream.seek(start)
        found = stream.read(position - start).rfind(b"\n")
        if found >= 0:
            return start + int(found) + 1
        position = start
    return 0


def read_lines(path: Path) -> Iterator[Any]:
    """The JSON values of the lines of a file; a file that is not there has none.

    Raises:
        DataDamagedError: a line that is not JSON: the file was changed by hand.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DataDamagedError(f"{path}, line {number}: not JSON ({error}).", CHANGED) from None
