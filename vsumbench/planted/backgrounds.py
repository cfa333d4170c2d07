"""Backgrounds of the six places, told apart by hue and by texture.

Textures are triangle waves and blocks of whole pixels: no sine, so that all machines draw the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .noise import noise

Plane = NDArray[np.float32]
BASES: dict[str, tuple[float, float, float]] = {
    "forest": (0.35, 0.75, 0.4),
    "desert": (1.0, 0.82, 0.5),
    "sea": (0.4, 0.65, 1.0),
    "meadow": (0.72, 1.0, 0.4),
    "city": (0.8, 0.76, 0.84),
    "night": (0.28, 0.26, 0.42),
}
"""Red, green and blue at brightness 1."""


def background(name: str, size: int, brightness: float, texture: float, seed: int) -> Plane:
    """(size, size, 3) in [0, 1]."""
    axis = np.arange(size, dtype=np.float32) * np.float32(64 / size)
    shift = np.float32(seed % 64)
    pattern = _pattern(name, axis[None, :], axis[:, None], shift, size, seed)
    plane = np.float32(brightness) * (1 + np.float32(texture) * pattern)
    coloured: Plane = np.clip(plane[..., None] * np.asarray(BASES[name], dtype=np.float32), 0, 1)
    return coloured


def _pattern(name: str, x: Plane, y: Plane, shift: np.float32, size: int, seed: int) -> Any:
    """(size, size) in [-1, 1]; x to the right, y down, in pixels of a frame of 64."""
    if name == "forest":
        return _wave(x + shift, 8.0) + 0 * y
    if name == "desert":
        return _wave(x + 2 * y + shift, 32.0)
    if name == "sea":
        return _wave(y + _wave(x + shift, 24.0) * 2, 9.0)
    if name == "meadow":
        return np.clip(noise(seed, (size, size)) / 2, -1, 1)
    if name == "city":
        return np.where(((x + shift) % 16 < 3) | (y % 12 < 3), np.float32(-0.8), np.float32(0.4))
    if name == "night":
        return np.where(noise(seed, (size, size)) > 2.3, np.float32(4.0), np.float32(0.0))
    raise ValueError(f"no such background: {name!r}")


def _wave(value: Plane, period: float) -> Any:
    """A triangle wave in [-1, 1]."""
    turns = value / np.float32(period)
    return 4 * np.abs(turns - np.floor(turns + np.float32(0.5))) - 1
