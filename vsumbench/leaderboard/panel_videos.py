"""Panels made of scores by video: how they spread, mean ranks, and what a test set can tell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median

import numpy as np

from .column_scores import ColumnScores
from .column_statistics import tidy
from .panels import CriticalDifference, Detectable, Distribution, Power, RankedRow, RowScores
from .statistics.layout import Floats, by_video
from .statistics.mean_ranks import cliques, critical_difference, friedman, mean_ranks
from .statistics.power import detectable

MOST_ROWS = 12
"""Rows of a distribution, and rows paired for power."""
MOST_COLUMNS = 4
"""Columns that have a distribution, or mean ranks."""
MOST_RANKED = 20
"""Rows of a critical difference."""
FEWEST_VIDEOS = 5
"""Mean ranks over fewer say nothing."""
_REFERENCES = 4
"""Reference rows that are kept where not all rows can be shown."""


def distributions(columns: Sequence[ColumnScores]) -> tuple[tuple[Distribution, ...], list[str]]:
    """The spread of scores over videos, and in sentences what was left out."""
    found: list[Distribution] = []
    left: list[str] = []
    # Of a metric of whole corpora a row may have such scores by chance, as where every text is perfect.
    able = [c for c in columns if c.found and 2 * len(c.means(c.found)) >= len(c.found)]
    for column in able[:MOST_COLUMNS]:
        rows, hidden = _shown(column)
        if hidden:
            left.append(f"Scores by video of {_name(column)}: {hidden} rows are not shown.")
        videos = column.found[rows[0]].layout.videos
        shown = [RowScores(row=row, values=_scores(column, row, videos)) for row in rows]
        shown = [one for one in shown if any(value is not None for value in one.values)]
        if shown:
            found.append(Distribution(column=column.column.id, videos=videos, rows=tuple(shown)))
    if able[MOST_COLUMNS:]:
        left.append(f"Scores by video are shown of the first {MOST_COLUMNS} columns that have them.")
    return tuple(found), left


def critical_differences(
    columns: Sequence[ColumnScores],
) -> tuple[tuple[CriticalDifference, ...], list[str]]:
    """Mean ranks of ranked rows over the videos all of them have a score for, where there are enough."""
    found: list[CriticalDifference] = []
    left: list[str] = []
    for column in columns:
        rows = column.means(column.ranked)
        if len(rows) > MOST_RANKED:
            left.append(f"Mean ranks of {_name(column)}: of the best {MOST_RANKED} of {len(rows)} rows.")
        one = _critical_difference(column, rows[:MOST_RANKED])
        if one is not None and len(found) < MOST_COLUMNS:
            found.append(one)
    return tuple(found), left


def power(columns: Sequence[ColumnScores]) -> Power | None:
    """The smallest detectable difference of each column with two ranked rows; None where there is none."""
    found = [one for column in columns if (one := _detectable(column)) is not None]
    return Power(columns=tuple(found)) if found else None


def _shown(column: ColumnScores) -> tuple[list[int], int]:
    """Rows to show, best first and reference rows last, and how many there are beside them."""
    there = column.means(column.found)
    ranked = column.means(column.ranked)
    placed = set(ranked)
    rest = [row for row in there if row not in placed]
    references = [row for row in rest if column.references[row]]
    others = [row for row in rest if not column.references[row]]
    methods = [*ranked, *sorted(others, key=lambda row: (-column.sign * _value(column, row), row))]
    if len(there) <= MOST_ROWS:
        return [*methods, *references], 0
    references = references[: max(_REFERENCES, MOST_ROWS - len(methods))]
    rows = [*methods[: MOST_ROWS - len(references)], *references]
    return rows, len(there) - len(rows)


def _value(column: ColumnScores, row: int) -> float:
    measured = column.cells[row].measured
    return 0.0 if measured is None or measured.value is None else measured.value


def _scores(column: ColumnScores, row: int, videos: Sequence[str]) -> tuple[float | None, ...]:
    layout = column.found[row].layout
    values = by_video(column.values(row)[:, None], layout)[:, 0]
    known = dict(zip(layout.videos, values.tolist(), strict=True))
    return tuple(
        None if (value := known.get(video)) is None or np.isnan(value) else tidy(value) for video in videos
    )


def _common(column: ColumnScores, rows: Sequence[int]) -> Floats:
    """(V, K) one score a video and row, on the videos that all these rows have one for."""
    shared = list(column.found[rows[0]].layout.videos)
    for row in rows[1:]:
        there = set(column.found[row].layout.videos)
        shared = [video for video in shared if video in there]
    table = np.full((len(shared), len(rows)), np.nan)
    for i, row in enumerate(rows):
        layout = column.found[row].layout
        at = {video: place for place, video in enumerate(layout.videos)}
        values = by_video(column.values(row)[:, None], layout)[:, 0]
        table[:, i] = values[[at[video] for video in shared]]
    whole: Floats = table[~np.isnan(table).any(axis=1)]
    return whole


def _critical_difference(column: ColumnScores, rows: Sequence[int]) -> CriticalDifference | None:
    if len(rows) < 3:
        return None
    scores = column.sign * _common(column, rows)
    if len(scores) < FEWEST_VIDEOS or (p := friedman(scores)) is None:
        return None
    ranks = mean_ranks(scores)
    order = sorted(range(len(rows)), key=lambda i: (ranks[i], i))
    difference = critical_difference(len(rows), len(scores))
    return CriticalDifference(
        column=column.column.id,
        videos=len(scores),
        rows=tuple(RankedRow(row=rows[i], mean_rank=tidy(float(ranks[i]))) for i in order),
        difference=tidy(difference),
        friedman_p=tidy(p),
        cliques=cliques([float(ranks[i]) for i in order], difference),
    )


def _detectable(column: ColumnScores) -> Detectable | None:
    rows = column.means(column.ranked)[:MOST_ROWS]
    if len(rows) < 2:
        return None
    scores = _common(column, rows)
    if len(scores) < 2:
        return None
    pairs = combinations(range(len(rows)), 2)
    deviation = median(float(np.std(scores[:, a] - scores[:, b], ddof=1)) for a, b in pairs)
    least = detectable(deviation, len(scores))
    if least is None or deviation == 0:
        return None
    return Detectable(
        column=column.column.id, videos=len(scores), deviation=tidy(deviation), difference=tidy(least)
    )


def _name(column: ColumnScores) -> str:
    return f"{column.column.group} {column.column.title}".strip()
