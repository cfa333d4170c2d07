"""Weighted k-means, the same on every run with the same generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STARTS = 4
_ROUNDS = 100


@dataclass(frozen=True)
class Clusters:
    """A clustering of n points into k clusters, none of them empty.

    Attributes:
        labels: (n,) the cluster of each point, 0 to k - 1.
        centres: (k, D) weighted means.
        distances: (n,) squared distance of each point to its centre.
    """

    labels: NDArray[np.int64]
    centres: Array
    distances: Array


def kmeans(points: Array, weights: Array, clusters: int, generator: np.random.Generator) -> Clusters:
    """The best of four k-means from k-means++ starts, by the weighted sum of squared distances.

    There are fewer clusters than asked for where there are fewer different points.

    Args:
        points: (n, D) finite, n at least 1.
        weights: (n,) above 0.
        clusters: at least 1.
        generator: draws the starts.
    """
    best: Clusters | None = None
    cost = np.inf
    for _ in range(_STARTS):
        found = _lloyd(points, weights, _start(points, weights, clusters, generator))
        total = float(weights @ found.distances)
        if best is None or total < cost:
            best, cost = found, total
        if len(found.centres) == 1:
            break
    assert best is not None
    return best


def squared_distances(points: Array, centres: Array) -> Array:
    """(n, k) squared Euclidean distances, never below 0."""
    products = points @ centres.T
    lengths = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None, :]
    distances: Array = np.maximum(lengths - 2 * products, 0.0)
    # What is left of equal points is rounding, not distance.
    distances[distances < 1e-12 * np.maximum(lengths, 1e-300)] = 0.0
    return distances


def _start(points: Array, weights: Array, clusters: int, generator: np.random.Generator) -> Array:
    """k-means++: each centre is drawn with odds of weight x squared distance to the nearest one before."""
    chosen = [int(generator.choice(len(points), p=weights / weights.sum()))]
    nearest = squared_distances(points, points[chosen])[:, 0]
    while len(chosen) < clusters and (odds := weights * nearest).any():
        chosen.append(int(generator.choice(len(points), p=odds / odds.sum())))
        nearest = np.minimum(nearest, squared_distances(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _lloyd(points: Array, weights: Array, centres: Array) -> Clusters:
    labels = np.full(len(points), -1, dtype=np.int64)
    for _ in range(_ROUNDS):
        found = squared_distances(points, centres).argmin(axis=1)
        # A cluster that lost all its points is dropped, and the others are numbered anew.
        kept, found = np.unique(found, return_inverse=True)
        if len(kept) == len(centres) and np.array_equal(found, labels):
            break
        labels = found.astype(np.int64)
        totals = np.bincount(labels, weights=weights)
        sums = np.zeros((len(kept), points.shape[1]))
        np.add.at(sums, labels, weights[:, None] * points)
        centres = sums / totals[:, None]
    distances = squared_distances(points, centres)[np.arange(len(points)), labels]
    return Clusters(labels, centres, distances)
