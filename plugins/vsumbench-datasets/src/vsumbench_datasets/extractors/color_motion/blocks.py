"""The blocks of the vector, each of norm about 1 where a picture is full of what it measures."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from .colours import Picture, means

LIGHTS, CHROMAS = 4, 5
"""Bins of the histogram along L*, and along a* and b* each."""
CELLS = 4
"""Cells a side of the grid of layout and edges."""
_CHROMA = 40.0
"""|a*| and |b*| of the outer bins; what is more colourful counts as this."""
_SPREAD = 50.0
"""A deviation from middle grey, in units of CIELAB, that is large in a mean over a cell."""
_FAINT_EDGES = 2.0
"""The root of all edge energy below which a picture has hardly any, and is not scaled up."""
_SEEN = 20.0
"""A change of a pixel, summed over L*, a* and b*, that is more than noise."""


def histogram(picture: Picture) -> NDArray[np.float64]:
    """(100,) the root of the share of each colour, whose products are Bhattacharyya coefficients.

    A pixel is divided among the eight bins about it: a colour that drifts does not jump.
    """
    colours = picture.reshape(-1, 3).astype(np.float64)
    light = _between(colours[:, 0], 0.0, 100.0, LIGHTS)
    chroma = [_between(colours[:, axis], -_CHROMA, _CHROMA, CHROMAS) for axis in (1, 2)]
    shares = np.zeros(LIGHTS * CHROMAS * CHROMAS)
    for (l_bin, l_part), (a_bin, a_part), (b_bin, b_part) in product(light, *chroma):
        bins = (l_bin * CHROMAS + a_bin) * CHROMAS + b_bin
        shares += np.bincount(bins, weights=l_part * a_part * b_part, minlength=len(shares))
    return np.sqrt(shares / len(colours))


def layout(picture: Picture) -> NDArray[np.float64]:
    """(48,) which colour is where: mean L*, a*, b* of each cell about middle grey, root mean square."""
    cells = means(picture, CELLS).astype(np.float64)
    cells[..., 0] -= 50
    return cells.reshape(-1) / (_SPREAD * np.sqrt(cells.size) / 2)


def edges(picture: Picture) -> NDArray[np.float64]:
    """(32,) where edges are, those of columns and of rows apart, relative to all edges in the picture."""
    light = picture[..., 0].astype(np.float64)
    across, down = np.zeros_like(light), np.zeros_like(light)
    across[:, 1:-1] = np.abs(light[:, 2:] - light[:, :-2]) / 2
    down[1:-1] = np.abs(light[2:] - light[:-2]) / 2
    energy = np.sqrt(
        means(np.stack((across, down), axis=-1).astype(np.float32), CELLS).reshape(-1).astype(np.float64)
    )
    return energy / max(float(np.linalg.norm(energy)), _FAINT_EDGES)


def change(
    picture: Picture, colours: NDArray[np.float64], before: tuple[Picture, NDArray[np.float64]] | None
) -> NDArray[np.float64]:
    """(3,) in [0, 1] against the pick before: of the histogram, of the mean pixel, share of pixels changed.

    The first pick has changed against nothing: zeros.
    """
    if before is None:
        return np.zeros(3)
    picture_before, colours_before = before
    moved = np.abs(picture - picture_before).sum(axis=-1)
    return np.asarray(
        [
            np.linalg.norm(colours - colours_before) / np.sqrt(2),
            min(1.0, float(moved.mean()) / _SPREAD),
            float((moved > _SEEN).mean()),
        ]
    )


def _between(
    values: NDArray[np.float64], low: float, high: float, bins: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]:
    """The two bins each value lies between, with the part of it that each gets."""
    places = np.clip((values - low) / (high - low) * (bins - 1), 0, bins - 1)
    lower = np.minimum(places.astype(np.int64), bins - 2)
    part = places - lower
    return (lower, 1 - part), (lower + 1, part)
