"""The event log of a run: what happened and when, JSON lines, appended and flushed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .files import append_line, read_lines


def now() -> str:
    """UTC time in ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class EventLog:
    """Appends events to one file."""

    path: Path

    def add(self, event: str, **facts: Any) -> None:
        """Append an event with its time."""
        append_line(self.path, {"time": now(), "event": event, **facts})

    def began_with(self, digest: str) -> bool:
        """Whether the log, or what it was before it grew, has this sha256. A log only ever grows."""
        running = hashlib.sha256()
        with self.path.open("rb") as stream:
            for line in stream:
                running.update(line)
                if running.hexdigest() == digest:
                    return True
        return False

    def all(self) -> list[dict[str, Any]]:
        """Every event, in order."""
        return list(read_lines(self.path))
