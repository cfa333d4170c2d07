"""Stencils of the eight shapes: how much of each pixel an object covers.

Only operations whose result IEEE 754 fixes are used (no sine), so that all machines draw the same.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
SOFT = 0.75
"""Pixels over which an edge fades."""


@lru_cache(maxsize=512)
def stencil(shape: str, quarters: int) -> Plane:
    """(K, K) cover in [0, 1] of an object of radius `quarters` / 4 pixels; the centre is pixel K // 2."""
    radius = quarters / 4
    half = ceil(radius) + 2
    axis = np.arange(-half, half + 1, dtype=np.float32)
    x, y = axis[None, :] / np.float32(radius), axis[:, None] / np.float32(radius)
    inside = _distance(shape, x, y) * np.float32(radius)
    cover: Plane = np.clip(np.float32(0.5) - inside / np.float32(SOFT), 0, 1).astype(np.float32)
    cover.setflags(write=False)
    return cover


@lru_cache(maxsize=512)
def outline(shape: str, quarters: int) -> Plane:
    """(K, K) cover of the object's contour, about two pixels wide, in the frame of `stencil`."""
    outer = stencil(shape, quarters)
    inner = stencil(shape, max(4, quarters - 8))
    margin = (len(outer) - len(inner)) // 2
    ring = outer.copy()
    ring[margin : len(outer) - margin, margin : len(outer) - margin] -= inner
    contour: Plane = np.clip(ring, 0, 1)
    contour.setflags(write=False)
    return contour


def _distance(shape: str, x: Plane, y: Plane) -> Plane:
    """Below 0 inside, above 0 outside; near the edge about the distance, in radii. y is down."""
    distance: Plane = _formula(shape, x, y)
    return distance


def _formula(shape: str, x: Plane, y: Plane) -> Any:
    round_ = np.sqrt(x * x + y * y)
    ax, ay = np.abs(x), np.abs(y)
    if shape == "circle":
        return round_ - 1
    if shape == "square":
        return np.maximum(ax, ay) - np.float32(0.85)
    if shape == "diamond":
        return (ax / np.float32(0.72) + ay - 1) * np.float32(0.6)
    if shape == "triangle":
        return np.maximum(y - np.float32(0.75), (ax * np.float32(1.732) - y - 1) * np.float32(0.5))
    if shape == "ring":
        return np.abs(round_ - np.float32(0.72)) - np.float32(0.26)
    if shape == "cross":
        arm = np.float32(0.28)
        return np.minimum(np.maximum(ax - 1, ay - arm), np.maximum(ay - 1, ax - arm))
    if shape == "bar":
        return np.maximum(ax - np.float32(0.26), ay - 1)
    if shape == "star":
        # Four long points and four short ones: two thin diamonds across, and one small one.
        long = np.minimum(ax / np.float32(0.36) + ay, ax + ay / np.float32(0.36))
        return (np.minimum(long, (ax + ay) / np.float32(0.7)) - 1) * np.float32(0.4)
    raise ValueError(f"no such shape: {shape!r}")
