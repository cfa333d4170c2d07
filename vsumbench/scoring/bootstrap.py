"""Paired bootstrap over items: how sure the difference of two means is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_CELLS = 1 << 22
"""Drawn indices held at a time, so that many items need no more memory than few."""


@dataclass(frozen=True)
class Interval:
    """A difference of means (first minus second) with its interval; `items` entered, `left_out` did not."""

    difference: float
    low: float
    high: float
    items: int
    left_out: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def paired_interval(
    a: ArrayLike,
    b: ArrayLike,
    *,
    generator: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> Interval:
    """The mean of a - b over items, with its percentile interval over resampled items.

    Args:
        a, b: (items,) values of the same items; NaN where one is undefined. An item with NaN on either side
            is left out of both, and counted.
        draws: how often items are drawn with replacement.
        level: share of the draws the interval holds, in (0, 1).

    Raises:
        ValueError: other shapes than two equal vectors, infinite values, no item defined on both sides, or
            `draws` or `level` out of range.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"two vectors of one length are compared, found {first.shape} and {second.shape}")
    if np.isinf(first).any() or np.isinf(second).any():
        raise ValueError("a value is infinite")
    if draws < 1 or not 0 < level < 1:
        raise ValueError(
            f"draws is {draws} and level {level}; at least 1 draw and a level in (0, 1) are needed"
        )
    differences = first - second
    known = differences[~np.isnan(differences)]
    if not len(known):
        raise ValueError("no item is defined on both sides")
    means = _resampled_means(known, draws, generator)
    outside = (1 - level) / 2
    low, high = np.quantile(means, (outside, 1 - outside))
    return Interval(
        difference=float(known.mean()),
        low=float(low),
        high=float(high),
        items=len(known),
        left_out=len(differences) - len(known),
    )


def _resampled_means(
    values: NDArray[np.float64], draws: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    means = np.empty(draws)
    at_once = max(1, _CELLS // len(values))
    for begin in range(0, draws, at_once):
        end = min(begin + at_once, draws)
        drawn = generator.integers(len(values), size=(end - begin, len(values)))
        means[begin:end] = values[drawn].mean(axis=1)
    return means
