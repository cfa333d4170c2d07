"""What every step learns by itself: whether it is selected, and how far its run reaches (dsnet-af.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

TINY = 1e-8
"""Keeps quotients finite, as published."""


def labels(targets: NDArray[np.int64], steps: int) -> NDArray[np.float64]:
    """What every step is to learn of the target intervals.

    Args:
        targets: (K, 2) first step, and the step after the last.
        steps: T.

    Returns:
        (T, 4): 1 within a target, else 0; the steps to its first and to its last; the centre-ness, which is
        the smaller of both over the larger: 0 at the ends and where the target is one step.
    """
    found = np.zeros((steps, 4))
    for start, end in targets.tolist():
        left = np.arange(end - start)
        right = left[::-1]
        found[start:end, 0] = 1
        found[start:end, 1], found[start:end, 2] = left, right
        found[start:end, 3] = np.minimum(left, right) / (np.maximum(left, right) + TINY)
    return found


def bounds(distances: Floats) -> Floats:
    """(T, 2) steps to the left and to the right to real bounds in steps: [i - left, i + right + 1]."""
    place = np.arange(len(distances), dtype=distances.dtype)
    return np.stack([place - distances[:, 0], place + distances[:, 1] + 1], axis=-1)
