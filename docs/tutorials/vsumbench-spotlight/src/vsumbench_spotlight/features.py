"""Arrays in, arrays out: what the model looks at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def with_contrast(features: Array, window: int) -> Array:
    """(T, 2 D): features (T, D), and beside them how far each differs from the mean of its surroundings.

    The surroundings are `window` steps on each side, fewer at the ends; running sums keep this linear in T.
    """
    steps = len(features)
    sums = np.concatenate([np.zeros((1, features.shape[1])), features.cumsum(axis=0)])
    first = np.maximum(np.arange(steps) - window, 0)
    last = np.minimum(np.arange(steps) + window + 1, steps)
    surroundings = (sums[last] - sums[first]) / (last - first)[:, None]
    return np.concatenate([features, np.abs(features - surroundings)], axis=1)


def with_constant(features: Array) -> Array:
    """(T, D + 1): a column of ones is added, so that the weights include an offset."""
    return np.concatenate([features, np.ones((len(features), 1))], axis=1)
