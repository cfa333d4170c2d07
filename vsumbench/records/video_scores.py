"""Scores by video in a run folder: in which files, whether they are what was sealed, and as columns.

Everything that shows or compares scores by video reads them here. The files are written by
`running/scoring_run.py`: one a protocol and metric, `fold,id` and a column for each aggregate.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .folder import RunFolder

Pair = tuple[str, str]
"""Fold and video id."""
_HEAD = ["fold", "id"]


@dataclass(frozen=True)
class Unsealed:
    """A file that is not the one that was sealed; `why` completes "the file …"."""

    why: str


@dataclass(frozen=True)
class ScoreTable:
    """A table of scores by video.

    Attributes:
        pairs: P fold and video id, each once, in the order of the file.
        metrics: names of the columns.
    """

    pairs: tuple[Pair, ...]
    metrics: tuple[str, ...]
    _rows: Sequence[Sequence[str]] = field(repr=False)

    def column(self, metric: str) -> tuple[float, ...]:
        """(P,) scores, NaN where undefined.

        Raises:
            ValueError: there is no such column, or a cell of it is no finite number.
        """
        at = len(_HEAD) + self.metrics.index(metric)
        cells = [row[at] for row in self._rows]
        values = tuple(float(cell) if cell else math.nan for cell in cells)
        if not all(map(math.isfinite, values)):
            for cell, value in zip(cells, values, strict=True):
                if cell and not math.isfinite(value):
                    raise ValueError(f"{cell!r} is no finite number")
        return values


@cache
def table_path(protocol: str, metric: str) -> str:
    """Where a run folder holds the table of a metric, relative to it."""
    return RunFolder(Path()).scores(protocol, metric).with_suffix(".csv").as_posix()


def lines_path(table: str) -> str:
    """The file of all single scores beside a table."""
    return table.removesuffix(".csv") + ".jsonl"


def table_paths(protocol: str, metric: str, files: Mapping[str, str]) -> Iterator[str]:
    """The sealed tables that can hold a metric, its own first.

    `f1[max]` is a column in the file of `f1`; `nist[nltk]` has a file of its own.

    Args:
        files: the record's, path → sha256.
    """
    for name in filter(None, (metric, metric.rpartition("[")[0])):
        path = table_path(protocol, name)
        if path in files:
            yield path


def sealed_text(folder: Path, path: str, files: Mapping[str, str]) -> str | Unsealed:
    """A file of a run, if it is the one that was sealed.

    Args:
        folder: the run folder.
        path: relative to it.
        files: the record's, path → sha256.
    """
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        return Unsealed(f"cannot be read ({error.strerror or error})")
    if hashlib.sha256(content).hexdigest() != files.get(path):
        return Unsealed("was changed after the run was sealed")
    return content.decode("utf-8", "replace")


def read_table(text: str) -> ScoreTable:
    """A table from the text of its file.

    Raises:
        ValueError: it is none: another heading, rows of other lengths, or a video twice in one fold.
    """
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    head, rows = (lines[0], lines[1:]) if lines else ([], [])
    if head[: len(_HEAD)] != _HEAD:
        raise ValueError("its columns do not begin with fold and id")
    if set(map(len, rows)) - {len(head)}:
        raise ValueError("its rows are not of one length")
    pairs = tuple([(row[0], row[1]) for row in rows])
    if len(set(pairs)) < len(pairs):
        raise ValueError("a video stands twice in one fold")
    return ScoreTable(pairs, tuple(head[len(_HEAD) :]), rows)
