"""The store: sealed records of a folder of runs, found by model, dataset, protocol or metric.

    store = Store(Path("runs"))
    for stored in store.query(dataset="tvsum", edition="full"):
        print(stored.folder, stored.record.model.id)

Opening looks at each run folder once (one stat), and reads only records that are new or changed since then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from vsumbench.errors import DataMissingError, RecordError
from vsumbench.records.record import RECORD_FILE, RunRecord, load_record

from .schema import INDEX_FILE, forget, insert, open_index

_RECORD_COLUMNS = ("model", "variant", "preset", "dataset", "edition", "split_set", "selection", "status")


@dataclass(frozen=True)
class StoredRecord:
    """A sealed record and the name of its run folder, relative to the folder of runs."""

    folder: str
    record: RunRecord


class Store:
    """An index over `<runs>/*/record.json` that can be deleted and rebuilt.

    Args:
        runs: the folder of run folders.
        index: where the index lies; in the folder of runs when not given.

    Attributes:
        warnings: one line for each record that cannot be read. It stops nothing.

    Raises:
        DataMissingError: `runs` is no folder.
    """

    def __init__(self, runs: Path, index: Path | None = None) -> None:
        if not runs.is_dir():
            raise DataMissingError(f"{runs} is not a folder of runs.", "Make some with `vsumbench run`.")
        self.runs = runs
        self._read: dict[str, RunRecord] = {}
        self._connection, self.on_disk = open_index(index or runs / INDEX_FILE)
        self.warnings: tuple[str, ...] = ()
        self.refresh()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index file."""
        self._connection.close()

    def refresh(self) -> int:
        """Bring the index up to date with the folder. Returns how many records were read."""
        known = {
            f: (m, s) for f, m, s in self._connection.execute("SELECT folder, mtime_ns, size FROM records")
        }
        found = dict(_scan(self.runs))
        changed = [folder for folder, key in found.items() if known.get(folder) != key]
        with self._connection:
            for folder in known.keys() - found.keys():
                forget(self._connection, folder)
                self._read.pop(folder, None)
            for folder in changed:
                forget(self._connection, folder)
                self._note(folder, found[folder])
        broken = self._connection.execute(
            "SELECT folder, error FROM records WHERE error != '' ORDER BY folder"
        )
        self.warnings = tuple(f"run {folder!r} is left out: {error}" for folder, error in broken)
        return len(changed)

    def _note(self, folder: str, key: tuple[int, int]) -> None:
        try:
            record = load_record(self.runs / folder)
        except RecordError as error:
            self._read.pop(folder, None)
            insert(self._connection, folder, key, None, " ".join(str(error).split()))
        else:
            self._read[folder] = record
            insert(self._connection, folder, key, record)

    def query(
        self,
        *,
        model: str | None = None,
        variant: str | None = None,
        preset: str | None = None,
        dataset: str | None = None,
        edition: str | None = None,
        protocol: str | None = None,
        metric: str | None = None,
        split_set: str | None = None,
        selection: str | None = None,
        status: str | None = None,
    ) -> tuple[StoredRecord, ...]:
        """Records that match every name given, in the order of their folders' names."""
        given = locals()
        where = [(f"{name} = ?", given[name]) for name in _RECORD_COLUMNS if given[name] is not None]
        inner = [(f"{name} = ?", given[name]) for name in ("protocol", "metric") if given[name] is not None]
        clauses = ["error = ''", *(clause for clause, _ in where)]
        if inner:
            match = " AND ".join(clause for clause, _ in inner)
            clauses.append(f"folder IN (SELECT folder FROM scores WHERE {match})")
        sql = f"SELECT folder FROM records WHERE {' AND '.join(clauses)} ORDER BY folder"
        rows = self._connection.execute(sql, [value for _, value in (*where, *inner)]).fetchall()
        return tuple(StoredRecord(folder, self._load(folder)) for (folder,) in rows)

    def _load(self, folder: str) -> RunRecord:
        if folder not in self._read:
            self._read[folder] = load_record(self.runs / folder)
        return self._read[folder]

    def __len__(self) -> int:
        (count,) = self._connection.execute("SELECT COUNT(*) FROM records WHERE error = ''").fetchone()
        return int(count)


def _scan(runs: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """Folder name and (mtime_ns, size) of each record, in the order of names."""
    with os.scandir(runs) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir())
    for name in names:
        try:
            stat = (runs / name / RECORD_FILE).stat()
        except FileNotFoundError:
            continue  # Not sealed: nothing to know about it.
        except OSError:
            yield name, (0, 0)  # Reading it will fail too, and say why.
            continue
        yield name, (stat.st_mtime_ns, stat.st_size)
