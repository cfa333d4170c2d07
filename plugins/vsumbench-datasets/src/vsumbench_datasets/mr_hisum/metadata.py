"""`metadata.csv` of Mr. HiSum: a row a video, with its YouTube id and length."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from vsumbench.data import damaged
from vsumbench.errors import DataMissingError, DuplicateIdError

COLUMNS = ("video_id", "yt8m_file", "random_id", "youtube_id", "duration", "views", "labels")


@dataclass(frozen=True)
class Row:
    """What vsumbench takes from a row: the YouTube id, and the length in seconds."""

    youtube_id: str
    duration: float


def read_metadata(path: Path) -> dict[str, Row]:
    """Video id → row.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: not UTF-8, another header, a row of another length, or no positive duration.
        DuplicateIdError: a video has two rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream, strict=True))
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise damaged(path, "", "CSV in UTF-8", error) from None
    # A writer of tables may put its index in front, in a column without a name.
    header = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise damaged(path, "line 1", f"the columns {', '.join(COLUMNS)}", f"no {', '.join(missing)}")
    places = {name: header.index(name) for name in ("video_id", "youtube_id", "duration")}
    rows: dict[str, Row] = {}
    for number, cells in enumerate(lines[1:], start=2):
        if len(cells) != len(header):
            raise damaged(path, f"line {number}", f"{len(header)} cells", f"{len(cells)}")
        video_id, youtube_id, duration = (cells[places[name]].strip() for name in places)
        if video_id in rows:
            raise DuplicateIdError(
                f"{path}, line {number}: video id {video_id!r} stands twice.", "Fetch the file again."
            )
        rows[video_id] = Row(youtube_id, _seconds(duration, path, number))
    return rows


def _seconds(cell: str, path: Path, number: int) -> float:
    try:
        seconds = float(cell)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        raise damaged(path, f"line {number}, duration", "a positive number of seconds", f"{cell!r}")
    return seconds
