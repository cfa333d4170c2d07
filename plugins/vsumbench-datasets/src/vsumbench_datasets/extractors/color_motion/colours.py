"""From pixels to a small picture in CIELAB, brought to one exposure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

SIDE = 32
"""Pixels a side of the small picture: enough for a layout, too few for noise and compression to show."""
_SAMPLED = 128
"""Pixels a side that are looked at; the small picture is their mean over 4 x 4."""
_MIDDLE = np.float32(66.0)
"""L* + 16 of middle grey (L* = 50): CIELAB grows with the cube root of light from L* = -16."""
_GAIN = 1.6
"""How far an exposure is corrected, up or down: more than a cloud makes, less than a fade to black."""

# sRGB (D65) to XYZ relative to the white point, IEC 61966-2-1.
_TO_XYZ = np.asarray(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=np.float32,
) / np.asarray([[0.95047], [1.0], [1.08883]], dtype=np.float32)
_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_KNEE = np.float32((6 / 29) ** 3)


def small_picture(pixels: NDArray[np.uint8]) -> Picture:
    """RGB (height, width, 3) of any size to (SIDE, SIDE, 3) CIELAB: L* in [0, 100], a* and b* about 0."""
    rows, columns = (
        ((np.arange(_SAMPLED) + 0.5) * size / _SAMPLED).astype(np.int64) for size in pixels.shape[:2]
    )
    linear = _LINEAR[pixels[rows[:, None], columns[None, :]]]
    return means(_lab(linear), SIDE)


def means(picture: Picture, cells: int) -> Picture:
    """The mean of each cell of a square picture (S, S, ...), on a grid of `cells` a side; S is a multiple."""
    step = len(picture) // cells
    found: Picture = picture.reshape(cells, step, cells, step, *picture.shape[2:]).mean(axis=(1, 3))
    return found


def exposed(picture: Picture) -> tuple[Picture, float]:
    """The picture with its mean lightness brought towards middle grey, and that mean before, in [0, 1].

    Another exposure multiplies light, and so multiplies L* + 16, a* and b* by one number. Taking that number
    out keeps a shot one shot while its light changes; what is much too dark or bright stays so.
    """
    lightness = float(picture[..., 0].mean())
    gain = np.float32(np.clip(_MIDDLE / (lightness + 16), 1 / _GAIN, _GAIN))
    shown = picture * gain
    shown[..., 0] += 16 * (gain - 1)
    return shown, lightness / 100


def _lab(linear: Picture) -> Picture:
    xyz = linear @ _TO_XYZ.T
    x, y, z = np.moveaxis(
        np.where(xyz > _KNEE, np.cbrt(xyz), xyz * np.float32(841 / 108) + np.float32(4 / 29)), -1, 0
    )
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)
