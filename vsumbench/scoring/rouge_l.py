"""ROUGE-L of the COCO caption evaluation, beta 1.2: of hypotheses with their references, and of one text as
the answer to many items.

For many items the subsequences are found all at once by bit-parallel arithmetic (Crochemore et al. 2001;
Hyyro 2004): one bit a word of the answer, one step a word of the references, all references side by side.
Source: protocols.md b, "ROUGE-L".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .subsequences import common_length

BETA = 1.2
BITS = 64


def rouge_l(
    hypotheses: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]
) -> NDArray[np.float64]:
    """(items,) F in [0, 1] of each hypothesis.

    Precision and recall are each the best over the item's references. A text is its words; the published
    scorer splits at single spaces, so its empty text is one empty word, not none.

    Raises:
        ValueError: other numbers of hypotheses and references, or an item without a reference.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses stand beside references of {len(references)} items")
    if not all(references):
        raise ValueError("an item has no reference")
    pairs = [(text, other) for text, texts in zip(hypotheses, references, strict=True) for other in texts]
    common = np.array([common_length(*pair) for pair in pairs], dtype=np.float64)
    lengths = np.array([(len(text), len(other)) for text, other in pairs], dtype=np.int64).reshape(-1, 2)
    owners = np.repeat(np.arange(len(references)), [len(texts) for texts in references])
    return _best_f(common, lengths[:, 0], lengths[:, 1], owners, len(hypotheses))


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
        return _best_f(
            common, np.full_like(self._lengths, len(text)), self._lengths, self.owners, self._items
        )


def _best_f(
    common: NDArray[np.float64],
    lengths: NDArray[np.int64],
    reference_lengths: NDArray[np.int64],
    owners: NDArray[np.int64],
    items: int,
) -> NDArray[np.float64]:
    """(items,) F from the common words of each reference with its hypothesis, and the lengths of both."""
    precision, recall = np.zeros(items), np.zeros(items)
    np.maximum.at(precision, owners, common / np.maximum(lengths, 1))
    np.maximum.at(recall, owners, common / np.maximum(reference_lengths, 1))
    below = recall + BETA**2 * precision
    values: NDArray[np.float64] = np.divide(
        (1 + BETA**2) * precision * recall, below, out=np.zeros(items), where=below > 0
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
