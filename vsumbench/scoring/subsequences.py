"""Longest common subsequences of two texts, by bit-parallel arithmetic (Crochemore et al. 2001; Hyyro 2004).

One bit a word of the first text, one step a word of the second. Python's whole numbers have as many bits as a
text has words, so no length is special.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence


def common_length(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Words in the longest common subsequence of two texts, each given as words."""
    state = deque(_states(first, second), maxlen=1).pop() if second else -1
    # A zero bit marks a word of the first text where the common subsequence grows by one.
    return len(first) - (state & ((1 << len(first)) - 1)).bit_count()


def common_places(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[int]:
    """The words of `second`, by ascending place, that one longest common subsequence takes.

    Of several, the one found from both ends backwards: equal last words are taken; else the last word of
    `first` is dropped where that alone keeps the length, and the last word of `second` otherwise.
    """
    states = [-1, *_states(first, second)]
    places: list[int] = []
    i, j = len(second), len(first)
    while i and j:
        if second[i - 1] == first[j - 1]:
            places.append(i - 1)
            i, j = i - 1, j - 1
        elif _grown(states[i], j - 1) > _grown(states[i - 1], j):
            j -= 1
        else:
            i -= 1
    return places[::-1]


def _states(first: Sequence[Hashable], second: Sequence[Hashable]) -> Iterator[int]:
    """After each word of `second`, the bits of `first`; bits beyond its words mean nothing."""
    places: dict[Hashable, int] = {}
    bit = 1
    for word in first:
        places[word] = places.get(word, 0) | bit
        bit <<= 1
    state = bit - 1
    for word in second:
        taken = state & places.get(word, 0)
        if taken:
            state = (state + taken) | (state - taken)
        yield state


def _grown(state: int, words: int) -> int:
    """The length of the common subsequence with the first so many words."""
    return words - (state & ((1 << words) - 1)).bit_count()
