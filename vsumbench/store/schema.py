"""The index file: its tables, how a record becomes rows, what happens to a file that is no index.

The index is a cache. Deleting it loses nothing; a damaged one, or one of another version, is made again.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from vsumbench.records.record import RunRecord

INDEX_FILE = ".vsumbench-index.sqlite"
VERSION = 1
_TABLES = """
CREATE TABLE records (
  folder TEXT PRIMARY KEY, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL, error TEXT NOT NULL,
  model TEXT, variant TEXT, preset TEXT, dataset TEXT, edition TEXT, split_set TEXT, selection TEXT,
  status TEXT);
CREATE TABLE scores (folder TEXT NOT NULL, protocol TEXT NOT NULL, metric TEXT NOT NULL);
CREATE INDEX scores_by_folder ON scores (folder);
CREATE INDEX scores_by_name ON scores (protocol, metric);
CREATE INDEX records_by_name ON records (model, dataset);
"""


def open_index(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open the index file, making it again where it is damaged or of another version.

    Returns:
        the connection, and whether it is on disk. Where the folder cannot be written, or another process
        holds the file, the index is made in memory: slower, never wrong.
    """
    try:
        return _open(path), True
    except sqlite3.OperationalError:
        return _create(sqlite3.connect(":memory:")), False
    except sqlite3.DatabaseError:
        # Damaged, or of another version: an index can always be made again.
        return _again(path)


def _again(path: Path) -> tuple[sqlite3.Connection, bool]:
    try:
        path.unlink()
        return _open(path), True
    except (OSError, sqlite3.Error):
        return _create(sqlite3.connect(":memory:")), False


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (check,) = connection.execute("PRAGMA quick_check").fetchone()
        if version != VERSION or check != "ok":
            _create(connection)
        # A file that can be read but not written must be found out now, not half way through.
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection) -> sqlite3.Connection:
    for table in ("scores", "records"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    connection.executescript(_TABLES)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.commit()
    return connection


def forget(connection: sqlite3.Connection, folder: str) -> None:
    """Drop what is known of a run folder."""
    connection.execute("DELETE FROM records WHERE folder = ?", (folder,))
    connection.execute("DELETE FROM scores WHERE folder = ?", (folder,))


def insert(
    connection: sqlite3.Connection,
    folder: str,
    key: tuple[int, int],
    record: RunRecord | None,
    error: str = "",
) -> None:
    """Note a record, or why it cannot be read. `key` is its (mtime_ns, size)."""
    names: tuple[str | None, ...] = (None,) * 8
    if record is not None:
        model, data, setting = record.model, record.dataset, record.setting
        names = (model.id, model.variant, model.preset, data.id, data.edition)
        names += (setting.split_set, setting.selection, record.status)
    marks = ", ".join("?" * 12)
    connection.execute(f"INSERT INTO records VALUES ({marks})", (folder, *key, error, *names))
    if record is not None:
        pairs = {(folder, score.protocol, score.metric) for score in record.scores}
        connection.executemany("INSERT INTO scores VALUES (?, ?, ?)", sorted(pairs))
