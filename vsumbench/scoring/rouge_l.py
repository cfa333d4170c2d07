"""ROUGE-L of one text as the answer to many items, from longest common subsequences found all at once.

The subsequences are counted by bit-parallel arithmetic (Crochemore et al. 2001; Hyyro 2004): one bit a word
of the answer, one step a word of the references, all references side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BETA = 1.2
BITS = 64


class RougeLCorpus:
    """The reference texts of a set of items, ready to be compared with any text.

    Args:
        items: for each item its reference texts, each as words; every item has at least one.
    """

    def __init__(self, items: Sequence[Sequence[Sequence[str]]]) -> None:
        texts = [text for item in items for text in item]
        self.owners = np.repeat(np.arange(len(items)), [len(item) for item in items])
        """(texts,) the item each text belongs to."""
        self._items = len(items)
        self._ids: dict[str, int] = {}
        coded = [[self._ids.setdefault(word, len(self._ids)) for word in text] for text in texts]
        self._lengths = np.array([len(text) for text in texts], dtype=np.int64)
        # Longest first: at each step the texts that go on stand in front.
        self._order = np.argsort(-self._lengths, kind="stable")
        longest = int(self._lengths.max(initial=0))
        self._steps = np.zeros((longest, len(texts)), dtype=np.int64)
        for column, text in enumerate(self._order):
            self._steps[: len(coded[text]), column] = coded[text]
        self._active = [int((self._lengths > step).sum()) for step in range(longest)]

    def common(self, text: Sequence[str]) -> NDArray[np.int64]:
        """(texts,) the length in words of the longest common subsequence with each reference text."""
        blocks = max(1, -(-len(text) // BITS))
        masks = np.zeros((len(self._ids), blocks), dtype=np.uint64)
        for place, word in enumerate(text):
            if word in self._ids:
                block, bit = divmod(place, BITS)
                masks[self._ids[word], block] |= np.uint64(1 << bit)
        # A zero bit marks a word of the answer where the common subsequence grows by one.
        state = np.full((len(self._lengths), blocks), np.iinfo(np.uint64).max, dtype=np.uint64)
        for step, active in enumerate(self._active):
            _advance(state[:active], masks[self._steps[step, :active]])
        used = np.zeros(blocks * BITS, dtype=np.bool_)
        used[: len(text)] = True
        bits = np.unpackbits(state.astype("<u8").view(np.uint8), axis=1, bitorder="little")
        counts = np.empty(len(self._lengths), dtype=np.int64)
        counts[self._order] = (bits[:, used] == 0).sum(axis=1)
        return counts

    def constant(self, text: Sequence[str]) -> NDArray[np.float64]:
        """(items,) F in [0, 1] with beta 1.2 of each item if this text were the answer to all of them.

        Precision and recall are each the best over the item's references, as the published scorer has it.
        """
        common = self.common(text).astype(np.float64)
        precision, recall = np.zeros(self._items), np.zeros(self._items)
        np.maximum.at(precision, self.owners, common / max(len(text), 1))
        np.maximum.at(recall, self.owners, common / np.maximum(self._lengths, 1))
        below = recall + BETA**2 * precision
        values: NDArray[np.float64] = np.divide(
            (1 + BETA**2) * precision * recall, below, out=np.zeros(self._items), where=below > 0
        )
        return values


def _advance(state: NDArray[np.uint64], matches: NDArray[np.uint64]) -> None:
    """One word of each reference, in place: V = (V + (V & M)) | (V & ~M), with the carry between blocks."""
    carry = np.zeros(len(state), dtype=np.uint64)
    for block in range(state.shape[1]):
        old, match = state[:, block], matches[:, block]
        taken = old & match
        first = old + taken
        total = first + carry
        carry = ((first < old) | (total < first)).astype(np.uint64)
        state[:, block] = total | (old & ~match)
