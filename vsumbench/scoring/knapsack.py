"""Choosing shots under a budget of frames (protocols.md a.4): the exact knapsack and what other solvers do.

All take `values` (S,), finite, and `weights` (S,), lengths in frames, at least 1, and give the chosen shots
(S,) as booleans. They differ in the arithmetic of the table, which decides what counts as a tie, and in what
they do with shots of no value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def knapsack(values: NDArray[Any], weights: NDArray[np.integer], capacity: int) -> NDArray[np.bool_]:
    """The best selection within the capacity; on a tie the later shot is left out (`knapsack-dp`).

    The table is kept in the type of the values: float64 is the default; float32 values give a table that
    rounds as they do, and so another choice where two selections nearly tie. Integers are added exactly.
    Shots of no or negative value are never chosen.

    Args:
        values: (S,) any real numbers.
        weights: (S,) frames.
        capacity: frames, at least 0.

    Returns:
        (S,) booleans.

    Raises:
        ValueError: lengths that differ, a value that is not finite, a weight below 1, a negative capacity.
    """
    values, weights = _checked(values, weights, capacity)
    useful = np.flatnonzero((values > 0) & (weights <= capacity))
    lengths: list[int] = weights[useful].tolist()
    best = np.zeros(capacity + 1, dtype=values.dtype)
    room_for = np.empty_like(best)
    took = np.zeros((len(useful), capacity + 1), dtype=np.bool_)
    # One row a shot: three passes over the capacities, in place.
    for row, (value, length) in enumerate(zip(values[useful], lengths, strict=True)):
        without, with_it = best[length:], room_for[length:]
        np.add(best[: capacity + 1 - length], value, out=with_it)
        np.greater(with_it, without, out=took[row, length:])
        np.maximum(without, with_it, out=without)
    chosen = np.zeros(len(values), dtype=np.bool_)
    room = capacity
    for row in range(len(useful) - 1, -1, -1):
        if took[row, room]:
            chosen[useful[row]] = True
            room -= lengths[row]
    return chosen


def knapsack_float32(values: NDArray[Any], weights: NDArray[np.integer], capacity: int) -> NDArray[np.bool_]:
    """The knapsack of VSUMM-RL: a float32 table, so that values closer than its rounding tie.

    Raises:
        ValueError: as `knapsack`; also no shots, or a capacity of 0, which that solver refuses.
    """
    if not len(values) or capacity < 1:
        raise ValueError(
            f"{len(values)} shots and a capacity of {capacity} frames; this knapsack needs 1 of each"
        )
    return knapsack(np.asarray(values).astype(np.float32), weights, capacity)


def knapsack_thousandths(
    values: NDArray[Any], weights: NDArray[np.integer], capacity: int
) -> NDArray[np.bool_]:
    """The knapsack of VASNet, MSVA, SSPVS, DSNet and A2Summ: values cut to whole thousandths.

    The product with 1,000 is rounded in the type of the values before it is cut. Values below 0.001 become 0.
    The best selection of what is left is taken, ties as in `knapsack`, with two habits of the solver they
    call (OR-tools 9.15, dynamic programming): if every shot fits, every shot is taken; and a first shot of no
    value is taken where room is left for it.

    Raises:
        ValueError: as `knapsack`; also a value of -0.001 or less, for which that solver's answer means
            nothing.
    """
    values, weights = _checked(values, weights, capacity)
    whole = np.trunc(1000 * values).astype(np.int64)
    if (whole < 0).any():
        raise ValueError(
            f"shot value {values[int(np.argmin(whole))]} is negative; shift the scores to 0 and above first"
        )
    if weights.sum() <= capacity:
        return np.ones(len(values), dtype=np.bool_)
    chosen = knapsack(whole, weights, capacity)
    if not whole[0] and weights[0] <= capacity - int(weights[chosen].sum()):
        chosen[0] = True
    return chosen


def rank_selection(
    values: NDArray[Any],
    weights: NDArray[np.integer],
    capacity: int,
    order: NDArray[np.integer] | None = None,
) -> NDArray[np.bool_]:
    """Shots by descending value, taken while they stay below the capacity; those that do not fit are skipped.

    The total stays strictly below the capacity (VASNet and its descendants, method `rank`). Shots of no or
    negative value are taken like others.

    Args:
        values: (S,) any real numbers.
        weights: (S,) frames.
        capacity: frames, at least 0.
        order: (S,) the order of trial, where another than by value is wanted. By value, of equal shots the
            later comes first. (The references sort with an unstable sort: among equal shots theirs is any.)

    Raises:
        ValueError: as `knapsack`; also an order that is not a permutation of the shots.
    """
    values, weights = _checked(values, weights, capacity)
    if order is None:
        order = np.argsort(values, kind="stable")[::-1]
    elif not np.array_equal(np.sort(order), np.arange(len(values))):
        raise ValueError(f"the order of trial is no permutation of {len(values)} shots")
    chosen = np.zeros(len(values), dtype=np.bool_)
    total = 0
    for shot in order:
        if total + int(weights[shot]) < capacity:
            chosen[shot] = True
            total += int(weights[shot])
    return chosen


def _checked(
    values: NDArray[Any], weights: NDArray[np.integer], capacity: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    values, weights = np.asarray(values), np.asarray(weights)
    if values.ndim != 1 or values.shape != weights.shape:
        raise ValueError(f"values {values.shape} and weights {weights.shape} are not one number a shot each")
    if capacity < 0:
        raise ValueError(f"the capacity is {capacity} frames")
    if not np.isfinite(values).all():
        raise ValueError("a shot value is not finite")
    if len(weights) and weights.min() < 1:
        raise ValueError(f"a shot has {weights.min()} frames, expected at least 1")
    return values, weights.astype(np.int64)
