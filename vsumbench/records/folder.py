"""The layout of a run folder, and the lock that keeps it to one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from vsumbench.data.digests import sha256_file
from vsumbench.errors import BusyError

from .files import cut_torn_line, make_folder, storage_errors
from .record import RECORD_FILE


@dataclass(frozen=True)
class RunFolder:
    """Paths inside one run folder."""

    path: Path

    @property
    def request(self) -> Path:
        """What was asked, resolved."""
        return self.path / "request.json"

    @property
    def environment(self) -> Path:
        """Machine and versions."""
        return self.path / "environment.json"

    @property
    def events(self) -> Path:
        """Event log, JSON lines."""
        return self.path / "events.jsonl"

    @property
    def predictions(self) -> Path:
        """Append-only predictions."""
        return self.path / "predictions.jsonl"

    @property
    def costs(self) -> Path:
        """Measured cost a prediction, apart from the predictions because it differs between equal runs."""
        return self.path / "costs.jsonl"

    @property
    def record(self) -> Path:
        """Written last."""
        return self.path / RECORD_FILE

    def fold(self, name: str) -> Path:
        """The folder of a fold: checkpoints, fitted weights, scratch."""
        return self.path / "folds" / safe_name(name)

    def scores(self, protocol: str, metric: str) -> Path:
        """Append-only scores of one metric under one protocol."""
        return self.path / "scores" / safe_name(protocol) / f"{safe_name(metric)}.jsonl"

    @property
    def sealed(self) -> bool:
        """Whether there is a record."""
        return self.record.is_file()

    def digests(self) -> tuple[dict[str, str], dict[str, str]]:
        """Sha256 of the files that equal runs share, and of those that hold times."""
        lasting: dict[str, str] = {}
        timed: dict[str, str] = {}
        for path in sorted(self.path.rglob("*")):
            relative = path.relative_to(self.path).as_posix()
            # Checkpoints and scratch belong to resuming, not to the result; hidden files are locks and
            # temporaries.
            parts = relative.split("/")
            if not path.is_file() or path == self.record or any(part.startswith(".") for part in parts):
                continue
            if parts[0] == "folds" and len(parts) > 2 and parts[2] in ("checkpoints", "scratch"):
                continue
            (timed if path in (self.events, self.costs, self.request) else lasting)[relative] = sha256_file(
                path
            )
        return lasting, timed

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process. Its logs then end in whole lines, whatever a killed one left.

        Raises:
            BusyError: another process holds it.
        """
        from filelock import FileLock, Timeout

        make_folder(self.path)
        lock = FileLock(self.path / ".lock")
        with storage_errors(self.path):
            try:
                lock.acquire(timeout=0)
            except Timeout:  # Which is an OSError, and would read as a folder that cannot be written.
                raise BusyError(
                    f"Another process works in {self.path}.",
                    "Wait for it, or stop it; then repeat the command.",
                ) from None
        try:
            for log in (self.events, self.costs):
                cut_torn_line(log)
            yield
        finally:
            lock.release()


def safe_name(name: str) -> str:
    """A name as one path component: no separators, no dots that lead elsewhere."""
    quoted = quote(name, safe="@[]=,+")
    return quoted.replace(".", "%2E") if quoted.startswith(".") else quoted
