"""The bytes of archives: which kinds there are, reading them, and what a damaged one makes of that."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.errors import DataDamagedError

if TYPE_CHECKING:
    import tarfile

ARCHIVES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip")
UNREADABLE = (".rar", ".7z")
"""Packed in ways that nothing in the standard library reads."""
_ONE_READ = 64 << 20
"""Bytes that no honest tar header asks for at once."""


def archive_suffix(name: str) -> str:
    """`.zip`, `.tar.gz`, …, or the empty string."""
    return next((suffix for suffix in ARCHIVES if name.lower().endswith(suffix)), "")


def is_packed(name: str) -> bool:
    """Whether a name is that of an archive which must be unpacked by other means."""
    return name.lower().endswith(UNREADABLE)


def damaged_archive(path: Path, what: object) -> DataDamagedError:
    """The error for an archive that cannot be read to its end."""
    return DataDamagedError(f"{path}: the archive is truncated or damaged ({what}).", "Fetch it again.")


@contextmanager
def unpacked_stream(path: Path) -> Iterator[Any]:
    """The bytes of a tar, whatever it is packed with."""
    import bz2
    import gzip
    import lzma

    suffix = archive_suffix(path.name)
    kinds: dict[str, Callable[..., Any]] = {
        ".tar": Path.open,
        ".tar.gz": gzip.open,
        ".tgz": gzip.open,
        ".tar.bz2": bz2.open,
        ".tbz2": bz2.open,
        ".tar.xz": lzma.open,
        ".txz": lzma.open,
    }
    with kinds[suffix](path, "rb") as stream:
        yield stream


def tar_of(stream: Any, path: Path) -> tarfile.TarFile:
    """Open a tar whose headers cannot fill the memory."""
    import tarfile

    guarded: Any = _Guarded(stream, path)
    return tarfile.open(fileobj=guarded, mode="r:")


class _Guarded:
    """A stream that refuses to read much at once: tarfile holds long names and their headers in memory."""

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream = stream
        self._path = path

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _ONE_READ:
            raise damaged_archive(self._path, f"a header of {size} bytes")
        data: bytes = self._stream.read(size)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._stream.seek(offset, whence))

    def tell(self) -> int:
        return int(self._stream.tell())


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever a damaged archive makes the standard library raise is one error."""
    import lzma
    import struct
    import tarfile
    import zipfile
    import zlib

    broken = (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        RuntimeError,
        struct.error,
        ValueError,
        OverflowError,
    )
    try:
        yield
    except broken as error:
        raise damaged_archive(path, error) from None
    except OSError as error:
        # gzip and bz2 say so of bytes that are not theirs; the system's own errors have a number. A place
        # before the beginning of the file is the archive's fault as well.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise damaged_archive(path, error) from None
