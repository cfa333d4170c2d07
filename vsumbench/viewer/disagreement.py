"""Where models and annotators differ: a number of each frame, of stretches, and of the whole video."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


@dataclass(frozen=True)
class Stretch:
    """A stretch of frames [first, stop) with its disagreement, 0 to 1."""

    first: int
    stop: int
    value: float


def frame_disagreement(
    selections: Sequence[NDArray[np.bool_]],
    scores: Sequence[NDArray[np.floating]],
    annotators: NDArray[np.floating] | None,
    n_frames: int,
) -> NDArray[np.float64]:
    """(N,) disagreement of each frame, 0 (all agree) to 1.

    The mean of two parts, or the one that can be had. Selections: four times the variance of the opinions
    (each model 0 or 1, the annotators together their mean), times 0.5 plus half the annotators' mean, so that
    a frame people chose weighs double. Importance: the distance between the highest and the lowest rank a
    model gives the frame, ranks going from 0 to 1 with ties at their middle.

    Args:
        selections: a (N,) selection of each model that has one.
        scores: (N,) importance of each model that has it.
        annotators: (N,) share of annotators that selected a frame, or their mean importance from 0 to 1.

    Raises:
        ValueError: a vector of another length.
    """
    for vector in (*selections, *scores, *(() if annotators is None else (annotators,))):
        if vector.shape != (n_frames,):
            raise ValueError(f"a vector of shape {vector.shape} for {n_frames} frames")
    parts: list[NDArray[np.float64]] = []
    opinions = [one.astype(np.float64) for one in selections]
    if selections and annotators is not None:
        opinions.append(annotators.astype(np.float64))
    if len(opinions) > 1:
        split = 4.0 * np.var(np.stack(opinions), axis=0)
        parts.append(split if annotators is None else split * (0.5 + 0.5 * annotators))
    if len(scores) > 1:
        ranks = np.stack([(rankdata(one) - 1.0) / max(n_frames - 1, 1) for one in scores])
        parts.append(ranks.max(axis=0) - ranks.min(axis=0))
    return np.mean(parts, axis=0) if parts else np.zeros(n_frames)


def stretches(
    n_frames: int, shots: NDArray[np.integer] | None, cells: int = 24
) -> tuple[tuple[int, int], ...]:
    """The shots, or equal cells where a video has none, as [first, stop): what is ranked."""
    if shots is not None:
        pairs = ((int(a), min(int(b) + 1, n_frames)) for a, b in shots)
        return tuple((a, b) for a, b in pairs if a < b)
    count = min(cells, n_frames)
    edges = [place * n_frames // count for place in range(count + 1)]
    return tuple(itertools.pairwise(edges))


def ranked(
    values: NDArray[np.floating], parts: Sequence[tuple[int, int]], most: int = 8
) -> tuple[Stretch, ...]:
    """The stretches of greatest mean disagreement, greatest first, the earlier of equals; none of 0."""
    found = [Stretch(a, b, float(values[a:b].mean())) for a, b in parts]
    kept = [one for one in found if one.value > 0]
    return tuple(sorted(kept, key=lambda one: (-round(one.value, 12), one.first))[:most])
