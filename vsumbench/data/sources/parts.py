"""A file that is being fetched: what came so far, and of which version of the file it is a part.

The part lies beside a small JSON file that says so; without it, what came cannot be gone on with.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Version:
    """Which version of the file the part belongs to."""

    url: str = ""
    etag: str = ""
    modified: str = ""
    total: int | None = None
    complete: bool = False

    @property
    def validator(self) -> str:
        """What `If-Range` may hold: a strong tag, else a date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


@dataclass
class Part:
    path: Path
    url: str
    version: Version = field(default_factory=Version)
    answered: bool = False

    @property
    def note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def length(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def load(self) -> None:
        """Take up what an earlier call left, if it is of this address and says of which version."""
        try:
            found = Version(**json.loads(self.note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            found = Version()
        if found.url == self.url and self.path.is_file():
            self.version = found
        else:
            self.clear()

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.version = Version(url=self.url)

    def begin(self, headers: Any) -> None:
        """Start from nothing with the version these headers tell of."""
        self.clear()
        self.version.etag = headers.get("ETag") or ""
        self.version.modified = headers.get("Last-Modified") or ""
        length = headers.get("Content-Length") or ""
        self.version.total = int(length) if length.isdigit() else None
        self.path.touch()
        self.save()

    def save(self) -> None:
        self.note.write_text(json.dumps(asdict(self.version)), encoding="utf-8")

    def continued_by(self, headers: Any) -> bool:
        """Whether an answer of status 206 goes on exactly where the part ends, in the same version."""
        unit, _, rest = (headers.get("Content-Range") or "").partition(" ")
        span, _, total = rest.partition("/")
        same = (headers.get("ETag") or self.version.etag) == self.version.etag
        fits = self.version.total is None or total in ("*", str(self.version.total))
        return unit == "bytes" and span.partition("-")[0] == str(self.length) and same and fits
