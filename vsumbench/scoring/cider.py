"""CIDEr-D: of hypotheses with their references, and of one text as the answer to many items.

For each order n of 1 to 4, a text is its n-gram counts times ln(items / items that have the n-gram in a
reference). Two texts are compared by the sum of min(h, r) r over shared n-grams, divided by both lengths, and
times exp(-d^2 / 72), where d is the difference of their bigram counts. The mean over n and over an item's
references, times 10, is the item's value (protocols.md b, "CIDEr").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from .ngrams import Floats, Ints, NgramTable, TextPairs, added, ngram_tables, number_words

ORDERS = 4
SIGMA = 6.0
SCALE = 10.0


@dataclass(frozen=True)
class CiderValues:
    """CIDEr-D of each item, and where it means something.

    Attributes:
        items: (items,) values in [0, 10].
        weighted: (corpora,) whether any n-gram of a corpus' references has a weight. It has none in a corpus
            of one item and where all items have the same references: every value is 0 there.
    """

    items: Floats
    weighted: NDArray[np.bool_]


def cider(pairs: TextPairs) -> CiderValues:
    """CIDEr-D of every item, with the document frequencies of the references of its own corpus."""
    items, references = pairs.items, len(pairs.owners)
    item_of = np.concatenate((np.arange(items), pairs.owners))
    largest = np.log(pairs.sizes.astype(np.float64))[pairs.groups[item_of]]
    weighted = np.zeros(len(pairs.sizes), dtype=np.bool_)
    cosines = np.zeros((references, ORDERS))
    for order, table in enumerate(pairs.tables):
        frequencies = _frequencies(table, table.texts >= items, item_of)
        weights = largest[table.texts] - np.log(np.maximum(frequencies, 1.0))[table.grams]
        vectors = table.counts * weights
        # An n-gram that is in no table occurs once in all texts: nothing shares it, but it makes a text
        # longer.
        size = items + references
        alone = pairs.totals(order + 1) - added(table.texts, table.counts, size)
        squares = added(table.texts, vectors**2, size) + alone * largest**2
        norms = np.sqrt(squares)
        own, other = pairs.shared(table)
        products = np.minimum(vectors[own], vectors[other]) * vectors[other]
        sums = added(table.texts[other] - items, products, references)
        cosines[:, order] = _divided(sums, norms[pairs.owners] * norms[items:])
        weighted[pairs.groups[pairs.owners[norms[items:] > 0]]] = True
    bigrams = pairs.totals(2)
    values = cosines.mean(axis=1) * _penalty(bigrams[pairs.owners] - bigrams[items:])
    counts = np.bincount(pairs.owners, minlength=items)
    sums = added(pairs.owners, values, items)
    return CiderValues(SCALE * (sums / np.maximum(counts, 1)), weighted)


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
        flat = [text for texts in items for text in texts]
        lengths = np.array([len(text) for text in flat], dtype=np.int64)
        tables = ngram_tables(number_words(flat), lengths, ORDERS)
        sizes = [table.size for table in tables]
        first = np.cumsum([0, *sizes[:-1]])
        rows = np.concatenate([table.texts for table in tables])
        columns = np.concatenate([table.grams + at for table, at in zip(tables, first, strict=True)])
        weights = [
            np.log(float(max(len(items), 1))) - np.log(_frequencies(table, table.texts >= 0, self.owners))
            for table in tables
        ]
        counts = np.concatenate([table.counts for table in tables])
        tf_idf = counts * np.concatenate(weights)[columns]
        shape = (len(flat), max(sum(sizes), 1))
        self._orders = np.repeat(np.arange(ORDERS), sizes)
        self._vectors = csr_array((tf_idf, (rows, columns)), shape=shape)
        kept = self._compared[self.owners[rows]]
        self._columns = csc_array((tf_idf[kept], (rows[kept], columns[kept])), shape=shape)
        at = rows * ORDERS + self._orders[columns]
        squares = added(at, tf_idf**2, shape[0] * ORDERS)
        self._norms = np.sqrt(squares).reshape(-1, ORDERS)
        self._bigrams = np.maximum(lengths - 1, 0)

    def constant(self, text: int) -> Floats:
        """(compared items,) the value of each if this text were the answer to all of them, in order."""
        weights = self._vectors[[text]]
        # Only n-grams the text has can add anything, so only their columns are looked at.
        begin, end = self._columns.indptr[weights.indices], self._columns.indptr[weights.indices + 1]
        cells = _ranges(begin, end)
        own = np.repeat(weights.data, end - begin)
        other, rows = self._columns.data[cells], self._columns.indices[cells]
        at = rows * ORDERS + np.repeat(self._orders[weights.indices], end - begin)
        sums = added(at, np.minimum(own, other) * other, self._norms.size)
        cosines = _divided(sums.reshape(-1, ORDERS), self._norms * self._norms[text])
        values = SCALE * cosines.mean(axis=1) * _penalty(self._bigrams - self._bigrams[text])
        means: Floats = np.bincount(self.owners, weights=values) / np.bincount(self.owners)
        return means[self._compared]

    def centrality(self) -> Floats:
        """(texts,) the mean cosine of each text with all of them: CIDEr without clipping and length penalty.

        It is linear, so it costs one product, and orders many texts before the best are compared in full.
        """
        counts = np.bincount(self.owners).astype(np.float64)
        shares = 1.0 / (counts[self.owners] * max(len(counts), 1))
        rows = np.repeat(np.arange(self._vectors.shape[0]), np.diff(self._vectors.indptr))
        scaled = _divided(self._vectors.data, self._norms[rows, self._orders[self._vectors.indices]])
        unit = csr_array((scaled, self._vectors.indices, self._vectors.indptr), shape=self._vectors.shape)
        central: Floats = unit @ (shares @ unit) / ORDERS
        return central


def _frequencies(table: NgramTable, counted: NDArray[np.bool_], item_of: Ints) -> Floats:
    """(size,) items that have each n-gram in a counted row; an item's rows stand together."""
    rows = np.flatnonzero(counted)
    grams, items = table.grams[rows], item_of[table.texts[rows]]
    first = (np.diff(grams, prepend=-1) != 0) | (np.diff(items, prepend=-1) != 0)
    return np.bincount(grams[first], minlength=table.size).astype(np.float64)


def _divided(sums: Floats, norms: Floats) -> Floats:
    return np.divide(sums, norms, out=np.zeros_like(norms), where=norms > 0)


def _penalty(difference: Ints) -> Floats:
    return np.asarray(np.e ** (-(difference.astype(np.float64) ** 2) / (2 * SIGMA**2)))


def _ranges(begin: Ints, end: Ints) -> Ints:
    """The whole numbers of each half-open range, one range behind the other."""
    lengths = end - begin
    shifts = np.repeat(begin - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    numbers: Ints = shifts + np.arange(lengths.sum())
    return numbers
