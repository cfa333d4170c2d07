"""Scores of one run by video, for the page of the run: read from its folder, if they are what was sealed.

Statistics are made of the same tables by `per_video`, which also knows how a number is made of them.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vsumbench.records.record import RunRecord
from vsumbench.records.video_scores import Pair, Unsealed, read_table, sealed_text, table_paths

MOST_VIDEOS = 500
"""A page shows no longer table than this; the file beside it is named."""

Columns = dict[str, dict[Pair, float | None]]


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
        paths = (path for metric in metrics for path in table_paths(protocol, metric, record.files))
        for path in dict.fromkeys(paths):
            read = _read(folder, path, record.files)
            if isinstance(read, str):
                wrong[read] = None
            elif read:
                files.append(path)
                columns |= read
        if columns:
            found.append(_together(protocol, columns, files))
    return tuple(found), tuple(wrong)


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


def _read(folder: Path, path: str, files: Mapping[str, str]) -> Columns | str:
    """Column → (fold, video) → value; or why the file is left out."""
    text = sealed_text(folder, path, files)
    if isinstance(text, Unsealed):
        return f"{path} is not shown: it {text.why}."
    try:
        table = read_table(text)
        columns = {name: table.column(name) for name in table.metrics}
    except ValueError:
        return f"{path} is not shown: it is no table of scores by video."
    if not table.pairs:
        return {}
    return {
        name: dict(zip(table.pairs, (None if math.isnan(value) else value for value in column), strict=True))
        for name, column in columns.items()
    }
