"""The same two procedures for corpus metrics, which are no mean of videos: summed statistics are resampled.

A corpus metric is a function of statistics summed over items (counts of n-grams, lengths, …). A resample
sums the rows of the videos drawn; a permutation swaps a video's rows between two methods. What was taken
from the whole corpus, as document frequencies are, stays that of the full set.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .bootstrap import DRAWS as RESAMPLES
from .bootstrap import LEVEL, percentiles, resample_weights, too_few
from .layout import Floats, Layout, divided
from .permutation import DRAWS, EXACT, all_signs, random_signs

ValueOf = Callable[[Floats], Floats]
"""(B, K) sums of statistics → (B,) values of the metric; NaN where it is undefined."""
_TIES = 1e-9


def corpus_value(rows: Floats, layout: Layout, value_of: ValueOf) -> float:
    """The mean over folds of the mean over corpora of the metric.

    Args:
        rows: (L, P, K) statistics of each pair, of L corpora (runs, repetitions or annotators).
    """
    return float(_values(np.ones((1, len(layout.videos))), rows, layout, value_of)[0])


def corpus_interval(
    rows: Floats,
    layout: Layout,
    value_of: ValueOf,
    random: np.random.Generator,
    draws: int = RESAMPLES,
    level: float = LEVEL,
) -> tuple[float, float]:
    """The percentile interval of a corpus metric; (NaN, NaN) where there are too few videos.

    Args:
        rows: (L, P, K) statistics.
    """
    return corpus_difference_interval(rows, None, layout, value_of, random, draws, level)


def corpus_difference_interval(
    rows: Floats,
    others: Floats | None,
    layout: Layout,
    value_of: ValueOf,
    random: np.random.Generator,
    draws: int = RESAMPLES,
    level: float = LEVEL,
) -> tuple[float, float]:
    """The percentile interval of the value of `rows` minus that of `others`, on the same draws.

    Args:
        rows, others: (L, P, K) statistics; the value of `rows` alone where `others` is None.
    """
    if too_few(np.ones((len(layout.pairs), 1), dtype=bool), layout)[0]:
        return float("nan"), float("nan")
    found = []
    for weights in resample_weights(layout, random, draws):
        values = _values(weights, rows, layout, value_of)
        found.append(values if others is None else values - _values(weights, others, layout, value_of))
    low, high = percentiles(np.concatenate(found)[:, None], level)
    return float(low[0]), float(high[0])


def corpus_test(
    rows: Floats,
    others: Floats,
    layout: Layout,
    value_of: ValueOf,
    random: np.random.Generator,
    draws: int = DRAWS,
) -> tuple[float, float]:
    """The difference of two methods' values, and the two-sided p of swapping videos between them.

    Args:
        rows, others: (L, P, K) statistics of the same corpora, in the same order.

    Raises:
        ValueError: they have not the same shape.
    """
    if rows.shape != others.shape:
        raise ValueError(f"statistics of shapes {rows.shape} and {others.shape} cannot be swapped")
    observed = corpus_value(rows, layout, value_of) - corpus_value(others, layout, value_of)
    exact = len(layout.videos) <= EXACT
    blocks = [all_signs(len(layout.videos))] if exact else random_signs(len(layout.videos), draws, random)
    hits = 0
    for signs in blocks:
        kept = (1 + signs) / 2
        swapped = 1 - kept
        ours = _values(kept, rows, layout, value_of, swapped, others)
        theirs = _values(kept, others, layout, value_of, swapped, rows)
        far = np.abs(ours - theirs) >= abs(observed) - _TIES * max(1.0, abs(observed))
        hits += int(far.sum())
    return observed, hits / 2 ** len(layout.videos) if exact else (hits + 1) / (draws + 1)


def _values(
    weights: Floats,
    rows: Floats,
    layout: Layout,
    value_of: ValueOf,
    more: Floats | None = None,
    added: Floats | None = None,
) -> Floats:
    """(B,) values of the weighted sums of `rows`, to which those of `added` with weights `more` are added."""
    total, folds = np.zeros(len(weights)), np.zeros(len(weights))
    for members in layout.members:
        drawn = weights[:, layout.video_of[members]]
        fold = np.zeros(len(weights))
        for i, corpus in enumerate(rows):
            sums = drawn @ corpus[members]
            if more is not None and added is not None:
                sums += more[:, layout.video_of[members]] @ added[i][members]
            fold += value_of(sums)
        fold /= len(rows)
        total += np.where(np.isnan(fold), 0.0, fold)
        folds += ~np.isnan(fold)
    return divided(total, folds)
