"""Which words tell of which selected segment: an inferred link, from what the decoder looked at.

The papers align both summaries by learning them together and publish no link. Here the words, in their order,
are divided among the segments, in theirs, so that the cross-attention between both is largest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Link


def divide(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """(L,) the segment of each of L words, never falling, with the largest sum of shares (L, K).

    Of equal divisions the one that stays longest with earlier segments. Segments may be left without a word.
    """
    words, segments = shares.shape
    best = np.zeros((words, segments))
    moved = np.zeros((words, segments), dtype=np.int64)
    reached = np.zeros(segments)
    for word in range(words):
        # The best way to have come to each segment or an earlier one, and which that was.
        source = _first_argmax(reached)
        best[word] = reached[source] + shares[word]
        moved[word] = source
        reached = best[word]
    found = np.empty(words, dtype=np.int64)
    segment = int(np.argmax(reached))
    for word in range(words - 1, -1, -1):
        found[word] = segment
        segment = int(moved[word, segment])
    return found


def links(
    spans: Sequence[tuple[int, int]], attention: NDArray[np.float64], selected: Sequence[NDArray[np.int64]]
) -> tuple[Link, ...]:
    """Links of a text to its segments.

    Args:
        spans: characters of each of L tokens; empty for one that stands nowhere.
        attention: (L, T) share each token gave each frame.
        selected: for each segment, the steps it is made of.

    Returns:
        One link a segment that words tell of, from the first to the last character of these.
    """
    told = [index for index, (start, end) in enumerate(spans) if end > start]
    if not told or not selected:
        return ()
    shares = np.stack([attention[told][:, steps].sum(axis=1) for steps in selected], axis=1)
    owners = divide(shares)
    made = []
    for segment in sorted(set(owners.tolist())):
        own = [spans[told[place]] for place in np.flatnonzero(owners == segment)]
        made.append(Link(char_start=own[0][0], char_end=own[-1][1], segment=int(segment)))
    return tuple(made)


def _first_argmax(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each place, the first place up to it that holds the largest value so far."""
    highest = np.maximum.accumulate(values)
    new = np.concatenate([[True], highest[1:] > highest[:-1]])
    return np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))
