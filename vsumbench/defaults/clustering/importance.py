"""From clusters to importance: which shot, or step, is shown first."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .kmeans import Array, Clusters, kmeans

MOST = 100
"""Clusters at most: beyond this, clusters are single shots, and time grows for nothing."""
_WITHIN = 0.2
"""How much of a shot's importance its own steps can differ by."""


def cluster_count(units: int, share: float) -> int:
    """Clusters for so many shots (or steps): a share of them, at least the root of half, at most all."""
    wanted = max(round(share * units), math.ceil(math.sqrt(units / 2)))
    return max(1, min(wanted, units, MOST))


def units_of_steps(picks: NDArray[np.int64], change_points: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """(T,) the shot of each step, numbered from 0 without gaps; without shots each step is its own."""
    if change_points is None:
        return np.arange(len(picks), dtype=np.int64)
    shots = np.searchsorted(change_points[:, 1], picks)
    units: NDArray[np.int64] = np.unique(shots, return_inverse=True)[1].astype(np.int64)
    return units


def step_importance(
    features: Array, units: NDArray[np.int64], clusters: int, generator: np.random.Generator
) -> Array:
    """(T,) importance in (0, 1].

    Units (shots) are clustered by the mean of their steps, weighted by length. Within a cluster they are
    ranked by their distance to its centre, the nearest first, earlier ones first among equals. The nearest of
    every cluster, its keyframes in the sense of VSUMM, come before any second nearest, and so on; among those
    of one rank the larger cluster's comes first. Steps of a unit differ by how near they are to the centre
    themselves.

    Args:
        features: (T, D) finite.
        units: (T,) the unit of each step, as `units_of_steps` numbers them.
        clusters: how many are asked for.
        generator: draws the starts of k-means.
    """
    rows = _directions(features)
    lengths = np.bincount(units).astype(np.float64)
    means = np.zeros((len(lengths), rows.shape[1]))
    np.add.at(means, units, rows)
    means /= lengths[:, None]
    found = kmeans(means, lengths, clusters, generator)
    worth = _worth(found, lengths)
    apart = ((rows - found.centres[found.labels[units]]) ** 2).sum(axis=1)
    scale = float(apart.mean())
    nearness = 1 / (1 + apart / scale) if scale > 1e-12 else np.ones(len(rows))
    values: Array = worth[units] * (1 - _WITHIN + _WITHIN * nearness)
    return values


def _worth(found: Clusters, lengths: Array) -> Array:
    sizes = np.bincount(found.labels, weights=lengths) / lengths.sum()
    worth = np.empty(len(lengths))
    for cluster, size in enumerate(sizes):
        members = np.flatnonzero(found.labels == cluster)
        nearest = members[np.argsort(found.distances[members], kind="stable")]
        worth[nearest] = (1 + size) / 2 / np.arange(1, len(nearest) + 1)
    return worth


def _directions(features: Array) -> Array:
    """Rows of norm 1; rows of zeros stay."""
    largest = np.abs(features).max(axis=1, keepdims=True)
    safe = features / np.where(largest > 0, largest, 1.0)
    norms = np.linalg.norm(safe, axis=1, keepdims=True)
    rows: Array = safe / np.where(norms > 0, norms, 1.0)
    return rows
