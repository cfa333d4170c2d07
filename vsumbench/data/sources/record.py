"""What is known of files that were fetched or imported: `.vsumbench-sources.json` in the dataset's folder.

Where a publisher states no checksum, the first one seen is written down and held to ever after (trust on
first use). Licences that were accepted stand there too. The file is no part of the data: no fingerprint
covers it.
"""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from vsumbench.contracts.dataset import Source
from vsumbench.data.checks import read_json
from vsumbench.errors import DataDamagedError

SOURCE_RECORD = ".vsumbench-sources.json"
NOT_STATED = "not stated; see where the files come from"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One file as it was when it was put there.

    Attributes:
        sha256: of its bytes.
        size: bytes.
        url: where it came from: an address, or the name of what it was imported from.
        date: when, in UTC: `2026-01-31`.
        member: its name in the archive or repository, if it came from one.
    """

    sha256: str
    size: int
    url: str
    date: str
    member: str = ""


@dataclass
class SourceRecord:
    """The content of the file. `accepted`: text of a licence → the date it was accepted."""

    files: dict[str, Recorded] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, sha256: str, size: int, url: str, member: str = "") -> None:
        """Write down a file; one that was known with the same digest keeps its first date."""
        before = self.files.get(name)
        if before is None or before.sha256 != sha256:
            self.files[name] = Recorded(sha256=sha256, size=size, url=url, date=today(), member=member)


def read_record(folder: Path) -> SourceRecord:
    """The record of a dataset's folder; an empty one where there is none.

    Raises:
        DataDamagedError: the file is not what this module writes.
    """
    path = folder / SOURCE_RECORD
    if not path.is_file():
        return SourceRecord()
    content = read_json(path)
    try:
        files = {str(name): Recorded(**entry) for name, entry in content["files"].items()}
        accepted = {str(licence): str(date) for licence, date in content["accepted"].items()}
        if not all(isinstance(entry.sha256, str) and len(entry.sha256) == 64 for entry in files.values()):
            raise ValueError("a checksum that is none")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataDamagedError(
            f"{path}: expected the record of fetched files, found something else "
            f"({type(error).__name__}: {error}).",
            "Remove it; checksums are then trusted anew at the next fetch or import.",
        ) from None
    return SourceRecord(files, accepted)


def write_record(folder: Path, record: SourceRecord) -> None:
    """Write the record whole, by rename."""
    content = {
        "accepted": dict(sorted(record.accepted.items())),
        "files": {name: _plain(entry) for name, entry in sorted(record.files.items())},
    }
    temporary = folder / f"{SOURCE_RECORD}.tmp"
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(folder / SOURCE_RECORD)


def licences(sources: Iterable[Source], of_dataset: str) -> tuple[str, ...]:
    """The licences of these sources, each once."""
    return tuple(dict.fromkeys(source.licence or of_dataset or NOT_STATED for source in sources))


def today() -> str:
    """The date in UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _plain(entry: Recorded) -> dict[str, object]:
    return {name: value for name, value in asdict(entry).items() if value != ""}
