"""Bootstrap intervals over videos that know folds.

Where folds are disjoint, videos are drawn within each fold, so that every draw has the folds' sizes. Where a
video is tested in several folds, distinct videos are drawn, and a video counts as often as it was drawn in
every fold that tests it; a fold of which no video was drawn is left out of that draw.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .layout import Floats, Layout, divided

DRAWS = 2_000
LEVEL = 0.95
_BLOCK = 4_000_000
"""Weights held in memory at a time."""


def resample_weights(layout: Layout, random: np.random.Generator, draws: int = DRAWS) -> Iterator[Floats]:
    """How often each video is drawn, in blocks (B, V) of `draws` in all, of bounded size."""
    block = max(1, _BLOCK // max(len(layout.videos), 1))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        weights = np.zeros((size, len(layout.videos)))
        for videos in _strata(layout):
            weights[:, videos] = _counts(size, len(videos), random)
        yield weights


def intervals(
    values: Floats,
    layout: Layout,
    random: np.random.Generator,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> tuple[Floats, Floats]:
    """Percentile intervals of the mean over folds of means over videos, for each of R rows.

    Args:
        values: (P, R) scores, or paired differences; NaN where undefined.
        random: gives the draws; rows share them.
        draws: how many resamples.
        level: probability mass between the two ends.

    Returns:
        (R,) low and (R,) high ends; NaN where `too_few`.
    """
    defined = ~np.isnan(values)
    filled, present = np.where(defined, values, 0.0), defined.astype(np.float64)
    drawn = np.concatenate(
        [_values(weights, filled, present, layout) for weights in resample_weights(layout, random, draws)]
    )
    low, high = percentiles(drawn, level)
    few = too_few(defined, layout)
    return np.where(few, np.nan, low), np.where(few, np.nan, high)


def percentiles(drawn: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """The (R,) ends of the middle `level` of (B, R) resampled values; NaN among them are left out."""
    ends = [(1 - level) / 2, (1 + level) / 2]
    found = np.full((2, drawn.shape[1]), np.nan)
    missing = np.isnan(drawn)
    whole, part = ~missing.any(axis=0), missing.any(axis=0) & ~missing.all(axis=0)
    if whole.any():
        found[:, whole] = np.quantile(drawn[:, whole], ends, axis=0)
    if part.any():  # Row by row, which is slow.
        found[:, part] = np.nanquantile(drawn[:, part], ends, axis=0)
    return found[0], found[1]


def too_few(defined: NDArray[np.bool_], layout: Layout) -> NDArray[np.bool_]:
    """(R,) whether a row has no interval: fewer than two videos, or a disjoint fold with a single one.

    A fold of one video always draws that video: an interval would claim that it is the same every time.
    """
    counts = np.stack([defined[members].sum(axis=0) for members in layout.members])
    there = np.zeros((len(layout.videos), defined.shape[1]), dtype=bool)
    np.logical_or.at(there, layout.video_of, defined)
    alone = (counts == 1).any(axis=0) if layout.disjoint else np.zeros(defined.shape[1], dtype=bool)
    few: NDArray[np.bool_] = (there.sum(axis=0) < 2) | alone
    return few


def _counts(draws: int, videos: int, random: np.random.Generator) -> NDArray[np.intp]:
    """(draws, videos) multinomial counts of `videos` equal parts, drawn one by one."""
    drawn = random.integers(0, videos, size=(draws, videos))
    drawn += np.arange(draws)[:, None] * videos
    return np.bincount(drawn.ravel(), minlength=draws * videos).reshape(draws, videos)


def _strata(layout: Layout) -> tuple[NDArray[np.intp], ...]:
    """The sets of videos within which is drawn."""
    if not layout.disjoint:
        return (np.arange(len(layout.videos)),)
    return tuple(layout.video_of[members] for members in layout.members)


def _values(weights: Floats, filled: Floats, present: Floats, layout: Layout) -> Floats:
    """(B, R) values of the draws."""
    shape = (len(weights), filled.shape[1])
    total, folds = np.zeros(shape), np.zeros(shape)
    for members in layout.members:
        drawn = weights[:, layout.video_of[members]]
        below = drawn @ present[members]
        total += np.divide(drawn @ filled[members], below, out=np.zeros(shape), where=below > 0)
        folds += below > 0
    return divided(total, folds)
