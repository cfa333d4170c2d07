"""From step scores to a keyshot summary: hold, shot values, knapsack (protocols.md a.2 and a.4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hold(scores: NDArray[np.floating], picks: NDArray[np.integer], n_frames: int) -> NDArray[np.float64]:
    """Step scores (T,) to frames (N,): each holds until the next pick; frames before the first are 0.

    Rule 1 of a.2: if the last pick is not N, N is appended; one missing score (T - 1 scores) is tolerated and
    its cell stays 0.

    Raises:
        ValueError: the number of scores is neither the number of picks nor one less.
    """
    if len(scores) not in (len(picks), len(picks) - 1):
        raise ValueError(f"{len(scores)} scores for {len(picks)} picks")
    out = np.zeros(n_frames, dtype=np.float64)
    ends = picks if len(picks) and picks[-1] == n_frames else np.append(picks, n_frames)
    cells = len(ends) - 1
    values = np.zeros(cells, dtype=np.float64)
    count = min(cells, len(scores))
    values[:count] = scores[:count]
    if cells:
        out[ends[0] :] = np.repeat(values, np.diff(ends))
    return out


def shot_values(frame_scores: NDArray[np.float64], change_points: NDArray[np.integer]) -> NDArray[np.float64]:
    """Mean score of each shot (S,), for shots (S, 2) with both ends inclusive."""
    total = np.concatenate(([0.0], np.cumsum(frame_scores)))
    starts, ends = change_points[:, 0], change_points[:, 1] + 1
    means: NDArray[np.float64] = (total[ends] - total[starts]) / (ends - starts)
    return means


def budget_frames(n_frames: int) -> int:
    """Fifteen percent of N in whole frames: (3 N) // 20, equal to int(0.15 N) up to N = 40,000."""
    return 3 * n_frames // 20


def knapsack(values: NDArray[np.floating], weights: NDArray[np.integer], capacity: int) -> NDArray[np.bool_]:
    """The chosen items (S,) of an exact 0/1 knapsack. On a tie the later item is left out.

    Dynamic programme over items in float64, one numpy row an item (a.4, `knapsack-dp`).
    """
    items = len(values)
    best = np.zeros(capacity + 1, dtype=np.float64)
    took = np.zeros((items, capacity + 1), dtype=np.bool_)
    for item in range(items):
        weight = int(weights[item])
        if weight > capacity:
            continue
        with_item = best[: capacity + 1 - weight] + values[item]
        better = with_item > best[weight:]
        took[item, weight:] = better
        best[weight:] = np.where(better, with_item, best[weight:])
    chosen = np.zeros(items, dtype=np.bool_)
    room = capacity
    for item in range(items - 1, -1, -1):
        if took[item, room]:
            chosen[item] = True
            room -= int(weights[item])
    return chosen


def keyshot_summary(
    frame_scores: NDArray[np.float64], change_points: NDArray[np.integer], n_frames: int
) -> NDArray[np.bool_]:
    """The frames (N,) of the shots chosen under the 15 % budget, by mean score."""
    lengths = change_points[:, 1] - change_points[:, 0] + 1
    chosen = knapsack(shot_values(frame_scores, change_points), lengths, budget_frames(n_frames))
    selected: NDArray[np.bool_] = np.zeros(n_frames, dtype=np.bool_)
    for start, end in change_points[chosen]:
        selected[start : end + 1] = True
    return selected


def top_share(scores: NDArray[np.floating], share: float = 0.15) -> NDArray[np.bool_]:
    """VideoXum's selection as intended (protocols.md b): the (k+1)-th largest score and above, k = share T.

    So k + 1 steps are selected, more on ties, and all of them for a constant prediction.
    """
    steps = len(scores)
    # (3 T) // 20 is int(0.15 T) without the rounding of 0.15.
    k = budget_frames(steps) if share == 0.15 else int(share * steps)
    threshold = np.partition(scores, steps - 1 - k)[steps - 1 - k]
    selected: NDArray[np.bool_] = scores >= threshold
    return selected
