"""Files somebody has: a folder, a single file, or an archive, with one way to read and to take them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from vsumbench.data.digests import sha256_file
from vsumbench.errors import DataMissingError, MismatchError, StorageError

from .archive_checks import Limits
from .archive_streams import ARCHIVES, UNREADABLE, archive_suffix, is_packed
from .archives import open_archive
from .placing import BLOCK

Told = Callable[[int], None]
"""Is told the size of each block."""


class Tree(Protocol):
    """Relative name → size of every file, and ways to get at them.

    Attributes:
        root: name of the folder the files lie in, for paths that begin with it.
        notes: lines about what was left out.
    """

    root: str
    notes: tuple[str, ...]

    @property
    def sizes(self) -> Mapping[str, int]: ...

    def digests(self, names: Sequence[str]) -> Mapping[str, str]:
        """Name → sha256."""
        ...

    def write(
        self, names: Sequence[str], staging: Path, told: Told | None
    ) -> Generator[tuple[str, Path, str], None, None]:
        """Write files into `staging` under names of no meaning; gives (name, file, sha256)."""
        ...


class FolderTree:
    """A folder with everything below it, or one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = path.name if path.is_dir() else ""
        self._known: dict[str, str] = {}
        left_out = [note for note in map(self._note, self._found) if note]
        self.notes = tuple(left_out)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Links that lead out of the folder, and names that are no text, are left out."""
        return {name: path.stat().st_size for name, path in self._found.items() if not self._strange(name)}

    @cached_property
    def _found(self) -> dict[str, Path]:
        if self.path.is_file():
            return {self.path.name: self.path}
        found = {}
        for folder, inner, files in os.walk(self.path, onerror=_unreadable):
            inner.sort()
            for file in sorted(files):
                path = Path(folder, file)
                if path.is_file():
                    found[path.relative_to(self.path).as_posix()] = path
        return found

    def digests(self, names: Sequence[str]) -> Mapping[str, str]:
        """Each file is read once."""
        for name in names:
            if name not in self._known:
                self._known[name] = sha256_file(self._found[name])
        return {name: self._known[name] for name in names}

    def write(
        self, names: Sequence[str], staging: Path, told: Told | None
    ) -> Generator[tuple[str, Path, str], None, None]:
        """Copies one after the other, so that what was placed before an interruption stays."""
        target = staging / "one"
        try:
            for name in names:
                yield name, target, _copied(self._found[name], target, told)
        finally:
            target.unlink(missing_ok=True)

    def link(self, name: str, target: Path) -> None:
        """Make a hard link.

        Raises:
            StorageError: the file lies on another disk.
        """
        try:
            os.link(self._found[name].resolve(), target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            raise StorageError(
                f"{self._found[name]} lies on another disk than {target.parent}; a hard link cannot lead "
                "there.",
                "Import without --link, which copies.",
            ) from None

    def _strange(self, name: str) -> bool:
        if not name.isprintable() and any(0xD800 <= ord(sign) < 0xE000 for sign in name):
            return True
        path = self._found[name]
        return path.is_symlink() and not self._inside(path)

    def _inside(self, path: Path) -> bool:
        return path == self.path or path.resolve().is_relative_to(self.path.resolve())

    def _note(self, name: str) -> str:
        if self._strange(name):
            return f"{name!r} is left out: a link that leads out of the folder, or a name that is no text"
        if name.lower().endswith((*ARCHIVES, *UNREADABLE)) and self.path.is_dir():
            return f"{name} is an archive and was not opened; import it by itself"
        return ""


class ArchiveTree:
    """The checked members of an archive."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self._archive = open_archive(path, limits)
        self._known: dict[str, str] = {}
        self.root = ""
        inner = [name for name in self._archive.sizes if name.lower().endswith((*ARCHIVES, *UNREADABLE))]
        self.notes = tuple(
            f"{name} is an archive inside an archive and was not opened; unpack it and import it by itself"
            for name in inner
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """As the archive states them."""
        return self._archive.sizes

    def digests(self, names: Sequence[str]) -> Mapping[str, str]:
        """Each member is read once; nothing is written."""
        self._known |= self._archive.digests([name for name in names if name not in self._known])
        return {name: self._known[name] for name in names}

    def write(
        self, names: Sequence[str], staging: Path, told: Told | None
    ) -> Generator[tuple[str, Path, str], None, None]:
        """All are unpacked before the first is given, so that a damaged archive gives nothing."""
        folder = staging / "unpacked"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            files = {name: folder / str(number) for number, name in enumerate(names)}
            self._archive.write(files, told)
            for name, path in files.items():
                yield name, path, sha256_file(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def open_tree(path: Path, limits: Limits | None = None, as_file: bool = False) -> Tree:
    """What somebody named: a folder, an archive, or a file (`as_file`: also one whose name is an archive's).

    Raises:
        DataMissingError: there is nothing of this name, or it cannot be read.
        DataDamagedError, MismatchError: an archive that is not read.
    """
    if not path.exists():
        raise DataMissingError(f"{path} does not exist.", "Name a file, an archive or a folder.")
    if path.is_file() and not as_file and (archive_suffix(path.name) or is_packed(path.name)):
        return ArchiveTree(path, limits)
    if not path.is_dir() and not path.is_file():
        raise MismatchError(f"{path} is neither a file nor a folder.")
    return FolderTree(path)


def _unreadable(error: OSError) -> None:
    raise DataMissingError(f"{error.filename} cannot be read: {error.strerror or error}.")


def _copied(path: Path, target: Path, told: Told | None) -> str:
    digest = hashlib.sha256()
    try:
        source = path.open("rb")
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    with source, target.open("wb") as copy:
        while block := source.read(BLOCK):
            digest.update(block)
            copy.write(block)
            if told is not None:
                told(len(block))
    return digest.hexdigest()
