"""Anchors: intervals of a few widths around every step, their labels, and what is decoded from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

POSITIVE, UNTOUCHED, INCOMPLETE, IGNORED = 1, 0, 2, 3
"""Kinds of anchors: those that fit a target, those that touch none, those that overlap one a little, and the
rest."""
FITS, LITTLE = 0.6, 0.3
"""The IoU above which an anchor fits, and the one up to which its overlap is little."""


def labels(targets: NDArray[np.int64], steps: int, scales: Sequence[int]) -> NDArray[np.float64]:
    """What every anchor is to learn of the target intervals (dsnet-ab.md, "Training").

    The anchor of width s at step i is [i - s/2, i + s/2], not clipped to the video. Of several targets that
    it fits, the last one is learned.

    Args:
        targets: (K, 2) first step, and the step after the last.
        steps: T.
        scales: S widths.

    Returns:
        (T, S, 3): the kind; for positive anchors the offset of the centre in widths, and the logarithm of the
        target's width in widths.
    """
    found = np.zeros((steps, len(scales), 3))
    if not len(targets):
        return found
    place = np.arange(steps, dtype=np.float64)[:, None, None]
    width = np.asarray(scales, dtype=np.float64)[:, None]
    first, after = targets.T.astype(np.float64)
    shared = np.minimum(place + width / 2, after) - np.maximum(place - width / 2, first)
    shared = shared.clip(min=0)
    iou = shared / (width + (after - first) - shared)
    best = iou.max(axis=2)
    found[..., 0] = np.select(
        [best > FITS, best > LITTLE, best > 0], [POSITIVE, IGNORED, INCOMPLETE], UNTOUCHED
    )
    at, scale = np.nonzero(best > FITS)
    last = len(targets) - 1 - np.argmax(iou[at, scale, ::-1] > FITS, axis=1)
    found[at, scale, 1] = (targets[last].mean(axis=1) - at) / width[scale, 0]
    found[at, scale, 2] = np.log((after - first)[last] / width[scale, 0])
    return found


def bounds(offsets: Floats, scales: Sequence[int]) -> Floats:
    """(T, S, 2) offsets of centre and width to real bounds in steps, in the same shape."""
    width = np.asarray(scales, dtype=offsets.dtype)
    place = np.arange(len(offsets), dtype=offsets.dtype)[:, None]
    centre = offsets[..., 0] * width + place
    with np.errstate(over="ignore"):
        half = np.exp(offsets[..., 1]) * width / 2
    return np.stack([centre - half, centre + half], axis=-1)
