"""Which parts of a video are shown: the best shots that fit, of long ones their best part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring.knapsack import knapsack
from vsumbench.scoring.shots import shot_values

from .timeline import Segment, Timeline

SHARES = (1 / 3, 1 / 2, 1)
"""Share of the budget that one shot may take; of a longer one its best part is shown. The first of them that
leaves no room: where shots are few, each may take more."""
SHORTEST = 1.0
"""Seconds below which a part of a shot, or the room that is left, is not worth showing."""
_UNITS = 10_000
"""The budget is counted in so many units at most, none shorter than a hundredth of a second."""


def choose(
    importance: NDArray[np.float64], shots: NDArray[np.int64], line: Timeline, budget: float
) -> list[Segment]:
    """The segments of the summary, in the order of the video; at least one, and no longer than the budget.

    A shot that is longer than a third of the budget is offered as its most important part of that length, any
    other whole. What is offered is worth the mean importance of its frames, and a knapsack takes the best
    that fits. So a summary shows several shots also where all are long, and is not empty where all are longer
    than the budget. If a second or more is left, the best of what did not fit is cut to it; if nothing is
    left to cut, the choice is made again with parts of half the budget, and of all of it.

    Only a budget shorter than a frame is exceeded: by that frame.

    Args:
        importance: (N,) of each frame, finite. Where any is negative, the least is taken off all of them.
        shots: (S, 2) first and last frame of each shot, both inclusive, one after another.
        line: when frames are shown.
        budget: seconds, above 0 and at most the duration.
    """
    scores = shown_importance(importance)
    found: list[Segment] = []
    for share in SHARES:
        # As many parts as there is room for, sharing all of it.
        longest = budget / max(1, int(budget / max(share * budget, SHORTEST) + 1e-9))
        tried = _chosen(scores, shots, line, budget, longest)
        if _seconds(tried, line) > _seconds(found, line):
            found = tried
        if budget - _seconds(found, line) < SHORTEST:
            break
    return found


def _chosen(
    scores: NDArray[np.float64], shots: NDArray[np.int64], line: Timeline, budget: float, longest: float
) -> list[Segment]:
    offers = [_offer(scores, line, shot, int(a), int(b) + 1, longest) for shot, (a, b) in enumerate(shots)]
    values = shot_values(scores, np.asarray([(offer.first, offer.stop - 1) for offer in offers]))
    lengths = np.asarray([line.seconds(offer.first, offer.stop) for offer in offers])
    unit = max(0.01, budget / _UNITS)
    # What fits exactly must fit in units too, whatever float64 makes of the quotient.
    weights = np.maximum(1, np.ceil(lengths / unit - 1e-6)).astype(np.int64)
    taken = knapsack(values, weights, int(budget / unit + 1e-6))
    segments = [offers[number] for number in np.flatnonzero(taken)]
    room = budget - float(lengths[taken].sum())
    left = np.flatnonzero(~taken & (values > 0))
    if len(left) and (not segments or room >= SHORTEST):
        best = int(left[np.argmax(values[left])])
        segments.append(_offer(scores, line, best, int(shots[best, 0]), int(shots[best, 1]) + 1, room))
    return sorted(segments, key=lambda segment: segment.first)


def _seconds(segments: list[Segment], line: Timeline) -> float:
    return sum(line.seconds(segment.first, segment.stop) for segment in segments)


def _offer(
    scores: NDArray[np.float64], line: Timeline, shot: int, first: int, stop: int, seconds: float
) -> Segment:
    """Frames [first, stop) of a shot, or the best part of them that is no longer than this."""
    if line.seconds(first, stop) <= seconds + 1e-6:
        return Segment(shot=shot, first=first, stop=stop, whole=True)
    begin, end = _best_window(scores, line, first, stop, seconds)
    return Segment(shot=shot, first=begin, stop=end, whole=(begin, end) == (first, stop))


def shown_importance(importance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Importance that is nowhere negative, and not zero everywhere: a knapsack takes nothing of no value."""
    low, high = float(importance.min()), float(importance.max())
    if low == high:
        return np.ones(len(importance))
    return importance - low if low < 0 else importance


def _best_window(
    scores: NDArray[np.float64], line: Timeline, first: int, stop: int, seconds: float
) -> tuple[int, int]:
    """Frames [begin, end) within [first, stop), at most so long but at least one, of the highest mean score.

    Among equals the one nearest to the middle of the shot.
    """
    edges = line.edges[first : stop + 1]
    begins = np.arange(stop - first)
    ends = np.searchsorted(edges, edges[:-1] + seconds + 1e-6, side="right") - 1
    ends = np.maximum(ends, begins + 1)
    # Only windows as long as they may be: the last frames of a shot begin none.
    full = np.flatnonzero(edges[-1] - edges[:-1] >= seconds - 1e-6)
    begins, ends = (begins[full], ends[full]) if len(full) else (begins[:1], ends[:1])
    shown = np.diff(edges)
    total = np.concatenate(([0.0], np.cumsum(scores[first:stop] * shown)))
    means = (total[ends] - total[begins]) / (edges[ends] - edges[begins])
    middle = np.abs(edges[begins] + edges[ends] - edges[0] - edges[-1])
    close = np.flatnonzero(means >= means.max() - 1e-9 * max(1.0, abs(float(means.max()))))
    at = close[np.argmin(middle[close])]
    return first + int(begins[at]), first + int(ends[at])
