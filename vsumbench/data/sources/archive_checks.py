"""What an archive may hold before anything of it is unpacked: plain files below one folder, within limits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from vsumbench.errors import DataDamagedError

from .placing import in_words

GIB = 1 << 30
_DRIVE = re.compile(r"[A-Za-z]:")
UNPACK = "If you trust it, unpack it yourself and import the folder."


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much an archive may hold.

    Attributes:
        total, file: bytes unpacked, of all and of one file.
        members: entries.
        ratio: how many times larger than the archive it may become; small archives are not asked.
    """

    total: int = 500 * GIB
    file: int = 200 * GIB
    members: int = 500_000
    ratio: float = 200.0

    @classmethod
    def up_to(cls, size: int) -> Limits:
        """The limits of a user who said how much it may become, however well it is packed."""
        return cls(total=size, file=size, ratio=float("inf"))


@dataclass(frozen=True)
class Entry:
    """One member as the archive states it. `kind` is `file`, `folder`, or words for what is refused."""

    name: str
    size: int
    kind: str


SMALL = 64 << 20
"""Bytes unpacked below which the ratio is not looked at."""


class Entries:
    """The members of an archive, checked one by one as they are read."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.sizes: dict[str, int] = {}
        self._seen: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        self._count = 0
        self._total = 0
        self._packed = path.stat().st_size

    def add(self, entry: Entry) -> None:
        """Take one member up.

        Raises:
            DataDamagedError: the archive must not be unpacked.
        """
        self._count += 1
        if self._count > self.limits.members:
            raise self._refuse(f"more than {self.limits.members} members")
        name = self._checked_name(entry.name)
        if entry.kind == "folder":
            self._enter(name)
            return
        if entry.kind != "file":
            raise self._refuse(f"{entry.kind} ({name!r})")
        if not name:
            raise self._refuse("a file without a name")
        if _same(name) in self._seen:
            raise self._refuse(f"{name!r} twice, in one spelling or two")
        self._seen[_same(name)] = name
        self._enter(name.rpartition("/")[0])
        self._weigh(name, entry.size)
        self.sizes[name] = entry.size

    def finish(self) -> dict[str, int]:
        """Name → size of every file.

        Raises:
            DataDamagedError: a name is a file and a folder.
        """
        for same, name in self._seen.items():
            if same in self._folders:
                raise self._refuse(f"{name!r} as a file and as a folder")
        return self.sizes

    def _enter(self, folder: str) -> None:
        while folder:
            before = self._folders.setdefault(_same(folder), folder)
            if before != folder:
                raise self._refuse(f"{before!r} and {folder!r}, which are one folder on some disks")
            folder = folder.rpartition("/")[0]

    def _weigh(self, name: str, size: int) -> None:
        self._total += size
        most = self.limits
        if size > most.file or self._total > most.total:
            much = max(size, self._total)
            raise self._refuse(
                f"{in_words(much)} unpacked ({name!r}), which is over the limit", raisable=True
            )
        if self._total > SMALL and self._total > most.ratio * max(self._packed, 1):
            raise self._refuse(
                f"more than {most.ratio:g} times its own size ({in_words(self._packed)})", raisable=True
            )

    def _checked_name(self, name: str) -> str:
        if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
            raise self._refuse(f"a name with control characters, or of no known coding ({name!r})")
        if "\\" in name or _DRIVE.match(name) or name.startswith("/"):
            raise self._refuse(f"a name that is not relative ({name!r})")
        plain = plain_name(name)
        if ".." in plain.split("/"):
            raise self._refuse(f"a name that leads out of it ({name!r})")
        return plain

    def _refuse(self, what: str, raisable: bool = False) -> DataDamagedError:
        more = "Raise the limit with --max-unpacked if it should be so large." if raisable else UNPACK
        return DataDamagedError(f"{self.path}: the archive holds {what}; nothing of it was taken.", more)


def plain_name(name: str) -> str:
    """A member's name composed (NFC), without `.` and empty parts."""
    return "/".join(part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", "."))


def _same(name: str) -> str:
    """Names that are one file on a disk that does not tell capitals or compositions apart."""
    return unicodedata.normalize("NFC", name.casefold())
