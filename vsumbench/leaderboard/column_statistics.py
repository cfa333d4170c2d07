"""Intervals of a column's cells, and the paired test of each ranked row against the best."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .column_scores import ColumnScores
from .per_video import PerVideo, ScoreReader
from .statistics.bootstrap import intervals
from .statistics.holm import holm
from .statistics.layout import Floats, Layout
from .statistics.permutation import paired_test
from .statistics.seeding import generator
from .statistics.totals import corpus_difference_interval, corpus_interval, corpus_test
from .table import Comparison, Interval

ALPHA = 0.05
NO_COMMON = "no video has a score in both rows"
OTHER_CORPORA = "corpus metric, computed on other sets of videos or other numbers of runs"
_ROWS = 256
"""Rows resampled at a time."""


def cell_intervals(column: ColumnScores) -> dict[int, Interval]:
    """Row → interval of its value; rows with too few videos are not in it."""
    found: dict[int, Interval] = {}
    groups: dict[Layout, list[int]] = defaultdict(list)
    for row in column.means(column.found):
        groups[column.found[row].layout].append(row)
    for layout, rows in groups.items():
        values = {row: column.values(row) for row in rows}
        found |= mean_intervals(values, layout)
    for row, scores in column.found.items():
        if scores.rows is not None and scores.value_of is not None:
            low, high = corpus_interval(
                scores.rows, scores.layout, scores.value_of, generator("interval", scores.layout.key)
            )
            if not math.isnan(low):
                found[row] = interval(low, high, len(scores.layout.videos))
    return found


def mean_intervals(values: Mapping[int, Floats], layout: Layout) -> dict[int, Interval]:
    """Key → interval of the fold-aggregated mean of (P,) values; those with too few videos are not in it."""
    keys = list(values)
    found: dict[int, Interval] = {}
    for start in range(0, len(keys), _ROWS):
        part = keys[start : start + _ROWS]
        table = np.stack([values[key] for key in part], axis=1)
        low, high = intervals(table, layout, generator("interval", layout.key))
        for i, key in enumerate(part):
            if not math.isnan(low[i]):
                defined = ~np.isnan(table[:, i])
                videos = len(np.unique(layout.video_of[defined]))
                found[key] = interval(float(low[i]), float(high[i]), videos)
    return found


def comparisons(column: ColumnScores, reader: ScoreReader) -> dict[int, Comparison]:
    """Row → what the paired test says of it, for each ranked row; Holm's correction is over all of one
    ranking."""
    found: dict[int, Comparison] = {}
    for ranked in column.rankings:
        found |= _ranking(ranked, column, reader)
    return found


def _ranking(ranked: Sequence[int], column: ColumnScores, reader: ScoreReader) -> dict[int, Comparison]:
    if len(ranked) < 2:
        return {}
    best, others = ranked[0], ranked[1:]
    found = {best: Comparison(best=True)}
    if best not in column.found:
        why = f"the best row cannot be compared: {column.missing[best]}"
        return found | {row: Comparison(reason=why) for row in others}
    found |= {row: Comparison(reason=column.missing[row]) for row in others if row not in column.found}
    there = {row: column.found[row] for row in others if row in column.found}
    tested = against(there, column.found[best], reader)
    return found | adjusted(tested)


def against(rows: Mapping[int, PerVideo], best: PerVideo, reader: ScoreReader) -> dict[int, Comparison]:
    """Key → its comparison with `best` on the pairs of fold and video both have, before any correction."""
    found: dict[int, Comparison] = {}
    groups: dict[Layout, dict[int, Floats]] = defaultdict(dict)
    for key, scores in rows.items():
        if scores.values is not None and best.values is not None:
            layout, ours, theirs = on_common(scores, best, reader)
            if layout is None or np.isnan(ours - theirs).all():
                found[key] = Comparison(reason=NO_COMMON)
            else:
                groups[layout][key] = ours - theirs
        else:
            found[key] = _corpus(scores, best)
    for layout, differences in groups.items():
        found |= _means(differences, layout)
    return {key: found[key] for key in rows}


def adjusted(tested: Mapping[int, Comparison]) -> dict[int, Comparison]:
    """The same with Holm's correction over those that were tested."""
    keys = [key for key, one in tested.items() if one.p is not None]
    corrected = dict(zip(keys, holm([tested[key].p or 0.0 for key in keys]), strict=True))
    return {
        key: one
        if key not in corrected
        else replace(one, p_adjusted=tidy(corrected[key]), distinguishable=corrected[key] < ALPHA)
        for key, one in tested.items()
    }


def on_common(ours: PerVideo, theirs: PerVideo, reader: ScoreReader) -> tuple[Layout | None, Floats, Floats]:
    """The common pairs of fold and video in our order, and both rows' (P,) values there."""
    assert ours.values is not None and theirs.values is not None
    if ours.layout is theirs.layout:
        return ours.layout, ours.values, theirs.values
    at = {pair: i for i, pair in enumerate(theirs.layout.pairs)}
    kept = [(i, at[pair]) for i, pair in enumerate(ours.layout.pairs) if pair in at]
    if not kept:
        return None, np.empty(0), np.empty(0)
    first, second = (np.array(side) for side in zip(*kept, strict=True))
    layout = reader.layout([ours.layout.pairs[i] for i, _ in kept])
    return layout, ours.values[first], theirs.values[second]


def _means(differences: Mapping[int, Floats], layout: Layout) -> dict[int, Comparison]:
    around = mean_intervals(differences, layout)
    keys = list(differences)
    found: dict[int, Comparison] = {}
    for start in range(0, len(keys), _ROWS):
        part = keys[start : start + _ROWS]
        table = np.stack([differences[key] for key in part], axis=1)
        tested = paired_test(table, layout, generator("permutation", layout.key))
        for i, key in enumerate(part):
            found[key] = Comparison(
                difference=tidy(float(tested.difference[i])),
                interval=around.get(key),
                p=tidy(float(tested.p[i])),
                videos=int(tested.videos[i]),
            )
    return found


def _corpus(ours: PerVideo, best: PerVideo) -> Comparison:
    same = ours.layout is best.layout and ours.rows is not None and best.rows is not None
    if not same or ours.rows is None or best.rows is None or ours.value_of is None:
        return Comparison(reason=OTHER_CORPORA)
    if ours.rows.shape != best.rows.shape or len(ours.layout.videos) < 2:
        return Comparison(reason=OTHER_CORPORA)
    layout, videos = ours.layout, len(ours.layout.videos)
    difference, p = corpus_test(
        ours.rows, best.rows, layout, ours.value_of, generator("permutation", layout.key)
    )
    low, high = corpus_difference_interval(
        ours.rows, best.rows, layout, ours.value_of, generator("interval", layout.key)
    )
    return Comparison(
        difference=tidy(difference),
        interval=None if math.isnan(low) else interval(low, high, videos),
        p=tidy(p),
        videos=videos,
    )


def interval(low: float, high: float, videos: int) -> Interval:
    """An interval without digits that differ from machine to machine."""
    return Interval(low=tidy(low), high=tidy(high), videos=videos)


def tidy(value: float) -> float:
    """Twelve significant digits: sums in another order give the same number."""
    return float(f"{value:.12g}")


def fewest_in_a_fold(rows: Sequence[int], column: ColumnScores) -> int | None:
    """The fewest videos in a fold of any of these rows; None without scores."""
    sizes = [len(m) for row in rows if row in column.found for m in column.found[row].layout.members]
    return min(sizes, default=None)
