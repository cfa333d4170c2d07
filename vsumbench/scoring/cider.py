"""CIDEr-D of one text as the answer to many items: which text is the best constant answer.

For each order n of 1 to 4, a text is its n-gram counts times ln(items / items that have the n-gram in a
reference). Two texts are compared by the sum of min(h, r) r over shared n-grams, divided by both lengths, and
times exp(-d^2 / 72), where d is the difference of their bigram counts. The mean over n and over an item's
references, times 10, is the item's value (protocols.md b, "CIDEr").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

ORDERS = 4
SIGMA = 6.0
SCALE = 10.0


class CiderCorpus:
    """The reference texts of a set of items. Texts are counted from 0 through all items, in order.

    Args:
        items: for each item its reference texts, each as words; every item has at least one.
        compared: (items,) the items whose value is wanted; all by default. Document frequencies are those of
            all items in any case.
    """

    def __init__(
        self, items: Sequence[Sequence[Sequence[str]]], compared: NDArray[np.bool_] | None = None
    ) -> None:
        self._compared = np.ones(len(items), dtype=np.bool_) if compared is None else compared
        self.owners = np.repeat(np.arange(len(items)), [len(texts) for texts in items])
        """(texts,) the item each text belongs to."""
        vocabulary: dict[tuple[str, ...], int] = {}
        grams: list[int] = []
        counts: list[int] = []
        starts = [0]
        documents: Counter[int] = Counter()
        for texts in items:
            seen: set[int] = set()
            for text in texts:
                found = {vocabulary.setdefault(g, len(vocabulary)): n for g, n in _ngrams(text).items()}
                grams.extend(found)
                counts.extend(found.values())
                starts.append(len(grams))
                seen.update(found)
            documents.update(seen)
        shape = (len(self.owners), max(len(vocabulary), 1))
        frequencies = np.array([documents[gram] for gram in range(len(vocabulary))], dtype=np.float64)
        rarity = np.log(float(max(len(items), 1))) - np.log(frequencies)
        columns = np.array(grams, dtype=np.int64)
        tf_idf = np.array(counts, dtype=np.float64) * rarity[columns]
        self._orders = np.array([len(gram) - 1 for gram in vocabulary], dtype=np.int64)
        self._vectors = csr_array((tf_idf, columns, starts), shape=shape)
        rows = np.repeat(np.arange(shape[0]), np.diff(starts))
        kept = self._compared[self.owners[rows]]
        self._columns = csc_array((tf_idf[kept], (rows[kept], columns[kept])), shape=shape)
        at = rows * ORDERS + self._orders[columns]
        size = shape[0] * ORDERS
        self._norms = np.sqrt(np.bincount(at, weights=tf_idf**2, minlength=size)).reshape(-1, ORDERS)
        totals = np.bincount(at, weights=np.array(counts, dtype=np.float64), minlength=size)
        self._bigrams = totals.reshape(-1, ORDERS)[:, 1]

    def constant(self, text: int) -> NDArray[np.float64]:
        """(compared items,) the value of each if this text were the answer to all of them, in order."""
        weights = self._vectors[[text]]
        # Only n-grams the text has can add anything, so only their columns are looked at.
        begin, end = self._columns.indptr[weights.indices], self._columns.indptr[weights.indices + 1]
        cells = _ranges(begin, end)
        own = np.repeat(weights.data, end - begin)
        other, rows = self._columns.data[cells], self._columns.indices[cells]
        at = rows * ORDERS + np.repeat(self._orders[weights.indices], end - begin)
        sums = np.bincount(at, weights=np.minimum(own, other) * other, minlength=self._norms.size)
        norms = self._norms * self._norms[text]
        cosines = np.divide(sums.reshape(-1, ORDERS), norms, out=np.zeros_like(norms), where=norms > 0)
        penalty = np.exp(-((self._bigrams - self._bigrams[text]) ** 2) / (2 * SIGMA**2))
        values = SCALE * cosines.mean(axis=1) * penalty
        means: NDArray[np.float64] = np.bincount(self.owners, weights=values) / np.bincount(self.owners)
        return means[self._compared]

    def centrality(self) -> NDArray[np.float64]:
        """(texts,) the mean cosine of each text with all of them: CIDEr without clipping and length penalty.

        It is linear, so it costs one product, and orders many texts before the best are compared in full.
        """
        counts = np.bincount(self.owners).astype(np.float64)
        shares = 1.0 / (counts[self.owners] * max(len(counts), 1))
        rows = np.repeat(np.arange(self._vectors.shape[0]), np.diff(self._vectors.indptr))
        norms = self._norms[rows, self._orders[self._vectors.indices]]
        scaled = np.divide(self._vectors.data, norms, out=np.zeros_like(norms), where=norms > 0)
        unit = csr_array((scaled, self._vectors.indices, self._vectors.indptr), shape=self._vectors.shape)
        central: NDArray[np.float64] = unit @ (shares @ unit) / ORDERS
        return central


def _ngrams(text: Sequence[str]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for n in range(1, ORDERS + 1):
        found.update(zip(*(text[start:] for start in range(n)), strict=False))
    return found


def _ranges(begin: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """The whole numbers of each half-open range, one range behind the other."""
    lengths = end - begin
    shifts = np.repeat(begin - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    numbers: NDArray[np.int64] = shifts + np.arange(lengths.sum())
    return numbers
