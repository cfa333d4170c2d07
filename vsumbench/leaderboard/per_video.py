"""Scores by video behind a run's numbers, read from its folder. Nothing is believed that was not sealed.

A file whose digest is not the record's is not read: the run then has its number and no statistics. What was
read must give back the record's value, so that an interval is always one of the number it stands beside.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from vsumbench.records.record import Score
from vsumbench.records.video_scores import lines_path, read_table, sealed_text, table_paths
from vsumbench.store.records import StoredRecord

from .statistics.layout import Floats, Layout, Pair, aggregate_one
from .statistics.totals import ValueOf, corpus_value

CORPUS = "corpus metric: no score by video"
NONE = "the run holds no scores by video"
OTHER_VIDEOS = "its runs have scores for different videos"
CHANGED = "is not the file that was sealed"
_SAME = 1e-9
_MEMORY = 256 * 2**20


@dataclass(frozen=True, eq=False)
class PerVideo:
    """What one number is made of.

    Attributes:
        layout: its P pairs of fold and video.
        values: (P,) scores the number is the mean of, NaN where undefined; None for a corpus metric.
        rows: (L, P, K) statistics of L corpora, where the number is no mean of videos; else None.
        value_of: the metric of their sums; given with `rows`.
    """

    layout: Layout
    values: Floats | None = None
    rows: Floats | None = None
    value_of: ValueOf | None = None

    @property
    def size(self) -> int:
        """Bytes, without the layout, which is shared."""
        return sum(part.nbytes for part in (self.values, self.rows) if part is not None)


Found = PerVideo | str
"""Scores, or in words why there are none."""


class ScoreReader:
    """Reads scores by video, keeping what was read last within a bound of memory.

    Args:
        runs: the folder of run folders.
        resampling: metric id → its value of summed statistics, or None where there is no such function.
        memory: bytes that are kept.

    Attributes:
        warnings: one line for each file that is not what was sealed, in the order met.
    """

    def __init__(
        self,
        runs: Path,
        resampling: Callable[[str], ValueOf | None] = lambda _: None,
        memory: int = _MEMORY,
    ) -> None:
        self._runs = runs
        self._resampling = resampling
        self._memory = memory
        self._held = 0
        self._kept: OrderedDict[tuple[str, str, str], Found] = OrderedDict()
        # A layout lives as long as scores that have it: what is forgotten leaves nothing behind.
        self._layouts: WeakValueDictionary[tuple[Pair, ...], Layout] = WeakValueDictionary()
        self._warned: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._warned)

    def read(self, stored: StoredRecord, score: Score) -> Found:
        """The scores by video of one number of a run."""
        key = (stored.folder, score.protocol, score.metric)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = self._read(stored, score)
        self._kept[key] = found
        self._held += found.size if isinstance(found, PerVideo) else 0
        while self._held > self._memory and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._held -= old.size if isinstance(old, PerVideo) else 0
        return found

    def together(self, stored: Sequence[StoredRecord], protocol: str, metric: str) -> Found:
        """The same over runs that differ in seeds: each video's mean over them."""
        found = []
        for one in stored:
            score = next((s for s in one.record.scores if (s.protocol, s.metric) == (protocol, metric)), None)
            read = NONE if score is None else self.read(one, score)
            if isinstance(read, str):
                return read
            found.append(read)
        return over_runs(found)

    def _read(self, stored: StoredRecord, score: Score) -> Found:
        if score.value is None:
            return f"undefined: {score.reason}"
        last: Found = NONE
        for path in table_paths(score.protocol, score.metric, stored.record.files):
            text = self._sealed(stored, path)
            if text is None:
                return f"{path} {CHANGED}"
            last = self._from_table(text, score)
            if isinstance(last, PerVideo):
                return last
            if last == CORPUS:
                return self._from_corpus(stored, lines_path(path), score)
        return last

    def _sealed(self, stored: StoredRecord, path: str) -> str | None:
        """A file of a run, if it is the one that was sealed."""
        found = sealed_text(self._runs / stored.folder, path, stored.record.files)
        if isinstance(found, str):
            return found
        said = f"run {stored.folder!r} has no statistics for {path}: the file {found.why}."
        self._warned[said] = None
        return None

    def _from_table(self, text: str, score: Score) -> Found:
        try:
            table = read_table(text)
            if score.metric not in table.metrics:
                return NONE
            values = np.array(table.column(score.metric), dtype=np.float64)
        except ValueError:
            return "its scores by video are no table of numbers"
        layout = self.layout(table.pairs)
        if not len(values) or not _gives(aggregate_one(values, layout), score):
            return CORPUS
        return PerVideo(layout, values)

    def _from_corpus(self, stored: StoredRecord, path: str, score: Score) -> Found:
        """Statistics of items, where they were stored: of a mean, or of a metric that can be resampled."""
        text = self._sealed(stored, path) if path in stored.record.files else None
        if text is None:
            return CORPUS
        try:
            folds = _corpora(text)
            layout = self.layout([(fold, video) for fold, (ids, _) in folds.items() for video in ids])
            rows = np.concatenate([parts for _, parts in folds.values()], axis=1)
        except (ValueError, KeyError, TypeError):
            return CORPUS
        return (
            _as_mean(layout, rows, score)
            or _as_totals(layout, rows, score, self._resampling(score.metric))
            or CORPUS
        )

    def layout(self, pairs: Sequence[Pair]) -> Layout:
        """One object for all runs that were tested on the same videos."""
        key = tuple(pairs)
        found = self._layouts.get(key)
        if found is None:
            found = self._layouts[key] = Layout.of(key)
        return found


def over_runs(found: Sequence[PerVideo]) -> Found:
    """Runs of one method as one: values averaged video by video; statistics side by side."""
    first = found[0]
    if any(one.layout is not first.layout for one in found):
        return OTHER_VIDEOS
    values = [one.values for one in found if one.values is not None]
    if len(values) == len(found):
        together = np.stack(values)
        undefined = np.isnan(together)
        if (undefined != undefined[0]).any():
            return OTHER_VIDEOS
        return PerVideo(first.layout, together.mean(axis=0))
    rows = [one.rows for one in found if one.rows is not None]
    if len(rows) < len(found) or len({part.shape for part in rows}) > 1:
        return CORPUS
    return PerVideo(first.layout, rows=np.concatenate(rows), value_of=first.value_of)


def _corpora(text: str) -> dict[str, tuple[list[str], Floats]]:
    """Fold → ids (P,) and statistics (L, P, K) of its corpora.

    Raises:
        ValueError, KeyError, TypeError: a fold without statistics, or whose corpora differ in their items.
    """
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for text_line in text.splitlines():
        line = json.loads(text_line)
        if "ids" in line:
            lines.setdefault(line["fold"], []).append(line)
    if not lines or len({len(found) for found in lines.values()}) > 1:
        raise ValueError("folds of different numbers of corpora")
    folds = {}
    for fold, found in lines.items():
        ids = found[0]["ids"]
        if any(line["ids"] != ids or line["value"] is None for line in found):
            raise ValueError("corpora of different items")
        rows = np.array([line["statistics"] for line in found], dtype=np.float64)
        if rows.ndim != 3 or rows.shape[1] != len(ids) or not np.isfinite(rows).all():
            raise ValueError("statistics are not numbers of each item")
        folds[fold] = (ids, rows)
    return folds


def _as_mean(layout: Layout, rows: Floats, score: Score) -> PerVideo | None:
    """Scores of items, where their statistics are a value and a count of one."""
    if rows.shape[2] != 2 or not np.isin(rows[:, :, 1], (0.0, 1.0)).all():
        return None
    counted = rows[:, :, 1] > 0
    if (counted != counted[0]).any():
        return None
    values = np.where(counted[0], rows[:, :, 0].mean(axis=0), np.nan)
    same = _gives(aggregate_one(values, layout), score)
    return PerVideo(layout, values) if same else None


def _as_totals(layout: Layout, rows: Floats, score: Score, value_of: ValueOf | None) -> PerVideo | None:
    """Statistics whose sums give back the metric's value."""
    if value_of is None:
        return None
    try:
        same = _gives(corpus_value(rows, layout, value_of), score, 1e-6)
    except Exception:  # A plugin's function, which may raise anything; the number stands without statistics.
        return None
    return PerVideo(layout, rows=rows, value_of=value_of) if same else None


def _gives(value: float, score: Score, slack: float = _SAME) -> bool:
    """Whether a value is the record's."""
    return score.value is not None and abs(value - score.value) <= slack * max(1.0, abs(score.value))
