"""Which scores belong to which fold and to which video: what the statistics know of a test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .seeding import digest_of

Floats = NDArray[np.float64]
Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Layout:
    """The (fold, video) pairs that scores stand for, in order.

    Attributes:
        pairs: P pairs of fold and video id, each once.
        folds: names of the F folds, in order of their first pair.
        videos: ids of the V distinct videos, in order of their first pair.
        fold_of, video_of: (P,) place of each pair in `folds` and `videos`.
    """

    pairs: tuple[Pair, ...]
    folds: tuple[str, ...]
    videos: tuple[str, ...]
    fold_of: NDArray[np.intp]
    video_of: NDArray[np.intp]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Layout:
        """The layout of these pairs.

        Raises:
            ValueError: a pair stands twice.
        """
        if len(set(pairs)) < len(pairs):
            raise ValueError("a video stands twice in one fold")
        folds = {fold: i for i, fold in enumerate(dict.fromkeys(fold for fold, _ in pairs))}
        videos = {video: i for i, video in enumerate(dict.fromkeys(video for _, video in pairs))}
        return cls(
            tuple(pairs),
            tuple(folds),
            tuple(videos),
            np.array([folds[fold] for fold, _ in pairs], dtype=np.intp),
            np.array([videos[video] for _, video in pairs], dtype=np.intp),
        )

    @property
    def disjoint(self) -> bool:
        """No video is tested in two folds."""
        return len(self.pairs) == len(self.videos)

    @cached_property
    def members(self) -> tuple[NDArray[np.intp], ...]:
        """For each fold, which pairs are its."""
        return tuple(np.flatnonzero(self.fold_of == i) for i in range(len(self.folds)))

    @cached_property
    def key(self) -> str:
        """A digest of the pairs, for seeds."""
        return digest_of([word for pair in self.pairs for word in pair]).hex()


def fold_means(values: Floats, layout: Layout) -> Floats:
    """(F, R) means over the defined values of each fold; NaN where there is none.

    Args:
        values: (P, R), NaN where undefined.
    """
    defined = ~np.isnan(values)
    filled = np.where(defined, values, 0.0)
    means = np.full((len(layout.folds), values.shape[1]), np.nan)
    for i, members in enumerate(layout.members):
        count = defined[members].sum(axis=0)
        np.divide(filled[members].sum(axis=0), count, out=means[i], where=count > 0)
    return means


def aggregate(values: Floats, layout: Layout) -> Floats:
    """(R,) means over folds of means over videos; folds without a defined value are left out.

    Args:
        values: (P, R), NaN where undefined.
    """
    means = fold_means(values, layout)
    return _mean(means)


def aggregate_one(values: Floats, layout: Layout) -> float:
    """`aggregate` of one row of (P,) values; NaN where no value is defined."""
    defined = ~np.isnan(values)
    folds = layout.fold_of[defined]
    count = np.bincount(folds, minlength=len(layout.folds))
    total = np.bincount(folds, weights=values[defined], minlength=len(layout.folds))
    there = count > 0
    return float((total[there] / count[there]).mean()) if there.any() else float("nan")


def by_video(values: Floats, layout: Layout) -> Floats:
    """(V, R) one value a video, the mean over the folds it is tested in; NaN where there is none.

    Args:
        values: (P, R), NaN where undefined.
    """
    defined = ~np.isnan(values)
    shape = (len(layout.videos), values.shape[1])
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, layout.video_of, np.where(defined, values, 0.0))
    np.add.at(count, layout.video_of, defined)
    return divided(total, count)


def _mean(values: Floats) -> Floats:
    """Means over the first axis of what is defined."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return divided(total, count)


def divided(above: Floats, below: NDArray[np.generic]) -> Floats:
    """`above / below`, NaN where that is not above 0; both of one shape."""
    found: Floats = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=np.asarray(below) > 0)
    return found
