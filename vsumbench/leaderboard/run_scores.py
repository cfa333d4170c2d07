"""Scores of one run by video, for the page of the run: read from its folder, if they are what was sealed.

Statistics read the same files with `per_video`, which also knows how a number is made of them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vsumbench.records.folder import RunFolder
from vsumbench.records.record import RunRecord

MOST_VIDEOS = 500
"""A page shows no longer table than this; the file beside it is named."""

Key = tuple[str, str]
Columns = dict[str, dict[Key, float | None]]


@dataclass(frozen=True, kw_only=True)
class VideoScores:
    """One protocol's scores by video.

    Attributes:
        metrics: ids of the columns.
        videos: how many lines there are in all: a video of several folds has one in each.
        rows: (fold, video, values in the order of `metrics`), at most `MOST_VIDEOS`; None where undefined.
        values: for each metric, all defined values, for the plot.
        files: where the scores lie, relative to the run folder.
    """

    protocol: str
    metrics: tuple[str, ...]
    videos: int
    rows: tuple[tuple[str, str, tuple[float | None, ...]], ...]
    values: tuple[tuple[float, ...], ...]
    files: tuple[str, ...]

    @property
    def medians(self) -> tuple[float | None, ...]:
        """The median of each metric's defined values."""
        return tuple(statistics.median(found) if found else None for found in self.values)


def video_scores(folder: Path, record: RunRecord) -> tuple[tuple[VideoScores, ...], tuple[str, ...]]:
    """Scores by video under each protocol of the record, in its order, and a sentence for each file left out.

    A protocol without scores by video, as of corpus metrics, is none of both.
    """
    found: list[VideoScores] = []
    wrong: dict[str, None] = {}
    for protocol in dict.fromkeys(score.protocol for score in record.scores):
        metrics = [score.metric for score in record.scores if score.protocol == protocol]
        columns: Columns = {}
        files: list[str] = []
        for path in _paths(record, protocol, metrics):
            read = _read(folder, path, record.files[path])
            if isinstance(read, str):
                wrong[read] = None
            elif read:
                files.append(path)
                columns |= read
        if columns:
            found.append(_together(protocol, columns, files))
    return tuple(found), tuple(wrong)


def _paths(record: RunRecord, protocol: str, metrics: Sequence[str]) -> Iterator[str]:
    seen = set()
    for metric in metrics:
        # `f1[max]` is a column in the file of `f1`; `nist[nltk]` has a file of its own.
        for name in (metric, metric.rpartition("[")[0]):
            path = RunFolder(Path()).scores(protocol, name).with_suffix(".csv").as_posix()
            if name and path in record.files and path not in seen:
                seen.add(path)
                yield path


def _together(protocol: str, columns: Columns, files: Sequence[str]) -> VideoScores:
    keys = list(dict.fromkeys(key for column in columns.values() for key in column))
    return VideoScores(
        protocol=protocol,
        metrics=tuple(columns),
        videos=len(keys),
        rows=tuple(
            (*key, tuple(column.get(key) for column in columns.values())) for key in keys[:MOST_VIDEOS]
        ),
        values=tuple(
            tuple(value for value in column.values() if value is not None) for column in columns.values()
        ),
        files=tuple(files),
    )


def _read(folder: Path, path: str, digest: str) -> Columns | str:
    """Column → (fold, video) → value; or why the file is left out."""
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        return f"{path} is not shown: it cannot be read ({error.strerror or error})."
    if hashlib.sha256(content).hexdigest() != digest:
        return f"{path} is not shown: it was changed after the run was sealed."
    try:
        lines = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
        head = next(lines, [])
        if head[:2] != ["fold", "id"]:
            return f"{path} is not shown: it is no table of scores by video."
        columns: Columns = {name: {} for name in head[2:]}
        for fold, video, *cells in lines:
            for name, cell in zip(columns, cells, strict=True):
                columns[name][fold, video] = _value(cell)
    except (ValueError, csv.Error):
        return f"{path} is not shown: it is no table of scores by video."
    return {name: column for name, column in columns.items() if column}


def _value(cell: str) -> float | None:
    value = float(cell) if cell else math.nan
    return value if math.isfinite(value) else None
