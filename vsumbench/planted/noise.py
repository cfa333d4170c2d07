"""Noise of every pixel from integer arithmetic alone, so that all machines draw the same."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_STEP = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1
_BYTE_SUM_DEVIATION = float(np.sqrt(8 * (256**2 - 1) / 12))
"""Of a sum of eight uniform bytes."""


def noise(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Values of mean 0 and variance 1, close to normal, within ±4.9. `seed`: below 2**64.

    A counter hashed by the SplitMix64 finaliser; the eight bytes of each word are summed.
    """
    count = 1
    for side in shape:
        count *= side
    words = _counters(count) + np.uint64(seed * _STEP & _WORD)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    sums = words.view(np.uint8).reshape(count, 8).sum(axis=1, dtype=np.int32)
    values: NDArray[np.float32] = ((sums - 1020) / _BYTE_SUM_DEVIATION).astype(np.float32)
    return values.reshape(shape)


@cache
def _counters(count: int) -> NDArray[np.uint64]:
    counters = (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(_STEP)
    counters.setflags(write=False)
    return counters
