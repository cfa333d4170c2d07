"""Read zip and tar archives that nobody vouches for: names and sizes first, then chosen files as streams.

Members are written under names of the caller's choosing, so no name in an archive is ever a path here; links,
devices and everything else that is no plain file make the whole archive refused. What is written gets the
rights of a new file: nothing is executable.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError

from .archive_checks import UNPACK, Entries, Entry, Limits, plain_name
from .archive_streams import archive_suffix, damaged_archive, is_packed, reading, tar_of, unpacked_stream
from .placing import BLOCK

if TYPE_CHECKING:
    import tarfile
    import zipfile

_PADDING = 64 << 20
"""Bytes of zeros that may stand behind the end of a tar."""


class Archive:
    """An archive whose members were checked. `sizes`: name → bytes unpacked, folders left out."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._zip = archive_suffix(path.name) == ".zip"
        entries = Entries(path, limits)
        with self._open() as archive:
            for entry in (_zip_entries if self._zip else _tar_entries)(archive, path):
                entries.add(entry)
        self.sizes = entries.finish()

    def write(self, chosen: Mapping[str, Path], told: Callable[[int], None] | None = None) -> None:
        """Unpack members to the files named for them, in one pass. `told` is given sizes of blocks.

        Raises:
            DataDamagedError: the archive is truncated or damaged.
        """
        with self._open() as archive:
            members = _zip_members(archive) if self._zip else _tar_members(archive)
            for name, stream in members:
                if name in chosen:
                    with stream() as source, chosen[name].open("xb") as target:
                        self._copy(name, source, target, told)

    def digests(self, names: Sequence[str]) -> dict[str, str]:
        """Name → sha256 of members, in one pass; nothing is written."""
        wanted, found = frozenset(names), {}
        if not wanted:
            return {}
        with self._open() as archive:
            for name, stream in _zip_members(archive) if self._zip else _tar_members(archive):
                if name in wanted:
                    digest = hashlib.sha256()
                    with stream() as source:
                        while block := _read(source, self.path):
                            digest.update(block)
                    found[name] = digest.hexdigest()
        return found

    def _copy(
        self, name: str, source: IO[bytes], target: IO[bytes], told: Callable[[int], None] | None
    ) -> None:
        left = self.sizes[name]
        while block := _read(source, self.path):
            left -= len(block)
            if left < 0:
                break
            target.write(block)
            if told is not None:
                told(len(block))
        if left:
            raise damaged_archive(self.path, f"{name!r} is not as long as it says")

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import zipfile

        with reading(self.path):
            if self._zip:
                with zipfile.ZipFile(self.path) as archive:
                    yield archive
            else:
                with unpacked_stream(self.path) as stream, tar_of(stream, self.path) as tar:
                    yield tar


def open_archive(path: Path, limits: Limits | None = None) -> Archive:
    """Look an archive through; nothing is unpacked.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: it is truncated or encrypted, or holds what is not to be unpacked.
        MismatchError: it is packed in a way that is not read here.
    """
    if is_packed(path.name):
        raise MismatchError(
            f"{path} is packed in a way that is not read here.",
            f"Unpack it first (`unar {path.name}`, or `7z x {path.name}`), then import the folder.",
        )
    try:
        path.open("rb").close()
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    return Archive(path, limits or Limits())


def _zip_entries(archive: zipfile.ZipFile, path: Path) -> Iterator[Entry]:
    if sum(info.compress_size for info in archive.infolist()) > path.stat().st_size:
        raise DataDamagedError(f"{path}: members of the archive overlap; nothing of it was taken.", UNPACK)
    for info in archive.infolist():
        if info.flag_bits & 0x1:
            raise DataDamagedError(
                f"{path}: the archive is encrypted.", "Unpack it with its password, then import the folder."
            )
        # The name as it is stored: what stands behind a NUL is cut off from the other one.
        name, mode = info.orig_filename, info.external_attr >> 16
        kind = "folder" if info.is_dir() else "file"
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "a link" if stat.S_ISLNK(mode) else "something that is no file"
        yield Entry(name, info.file_size, kind)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, Callable[[], Any]]]:
    for info in archive.infolist():
        if not info.is_dir():
            yield plain_name(info.orig_filename), partial(archive.open, info)


def _tar_entries(archive: tarfile.TarFile, path: Path) -> Iterator[Entry]:
    for info in archive:
        if info.issparse():
            raise DataDamagedError(f"{path}: the archive holds a sparse file ({info.name!r}).", UNPACK)
        kind = "file" if info.isreg() else "folder" if info.isdir() else "something that is no file"
        yield Entry(info.name, info.size, "a link" if info.issym() or info.islnk() else kind)
    # A tar ends in zeros. tarfile takes a damaged header, or nothing at all, for the end as well.
    stream: Any = archive.fileobj
    stream.seek(archive.offset)
    if stream.read(512) != bytes(512):
        raise damaged_archive(path, "its end is missing")
    # Packed streams tell at their very end whether they are whole. Behind the zeros is little but padding.
    for _ in range(_PADDING // BLOCK):
        if not stream.read(BLOCK):
            return
    raise damaged_archive(path, "there is more behind its end")


def _tar_members(archive: tarfile.TarFile) -> Iterator[tuple[str, Callable[[], Any]]]:
    for info in archive:
        if info.isreg():
            yield plain_name(info.name), partial(archive.extractfile, info)


def _read(source: IO[bytes], path: Path) -> bytes:
    with reading(path):
        return source.read(BLOCK)
