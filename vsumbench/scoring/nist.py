"""NIST as NLTK has it: n-grams weighted by what they tell, with the weights of the evaluated references.

An n-gram of the references weighs log2 of how often its first n - 1 words occur there (for a single word, how
many words there are) over how often it occurs. For each order, an item counts with the reference of the most
weight in common, the longer of two with as much. The value is the sum over orders of shared weight by n-grams
of the hypotheses, times a penalty for hypotheses that are too short (protocols.md d, "NIST").
"""

from __future__ import annotations

import math

import numpy as np

from .ngrams import Floats, Ints, NgramTable, TextPairs, added, ngram_tables

ORDER = 5
_BETA = np.log(0.5) / np.log(1.5) ** 2
"""The penalty is one half where hypotheses have two thirds of the words of their references."""


def nist_statistics(pairs: TextPairs, order: int = ORDER) -> Floats:
    """(items, 3 N + 1) what NIST of any set of items is computed from; rows of a set add up.

    Columns: shared weight of orders 1 to N, n-grams of the hypothesis of orders 1 to N, words of the
    reference chosen for orders 1 to N, words of the hypothesis.

    Raises:
        ValueError: an order below 1.
    """
    if order < 1:
        raise ValueError(f"an order is at least 1, found {order}")
    items, lengths = pairs.items, pairs.lengths[pairs.items :]
    rows = np.zeros((items, 3 * order + 1))
    # Words of the references of each corpus, for the corpus of each reference.
    of_reference = pairs.groups[pairs.owners]
    words = added(of_reference, lengths, len(pairs.sizes))
    above: Floats | None = None
    for number, table in enumerate(ngram_tables(pairs.words, pairs.lengths, order, least=2)):
        told = np.flatnonzero(table.texts >= items)
        often = added(table.grams[told], table.counts[told], table.size)
        if above is None:
            context = np.zeros(table.size)
            context[table.grams[told]] = words[of_reference[table.texts[told] - items]]
        else:
            context = above[table.prefixes]
        weights = _log2(np.where(often > 0, context, 1) / np.where(often > 0, often, 1))
        shared = _shared_weight(pairs, table, weights)
        best = _best_reference(shared, lengths, pairs)
        rows[:, number] = shared[best]
        rows[:, order + number] = pairs.totals(number + 1)[:items]
        rows[:, 2 * order + number] = lengths[best]
        above = often
    rows[:, -1] = pairs.lengths[:items]
    return rows


def nist_order(statistics: Floats) -> Ints:
    """(B,) the largest order of which any hypothesis has an n-gram; 0 where all are empty."""
    orders = statistics.shape[1] // 3
    return np.asarray((statistics[:, orders : 2 * orders] > 0).sum(axis=1))


def nist(statistics: Floats) -> Floats:
    """(B,) NIST of B sums of rows, at least 0 and unbounded above.

    Orders that no hypothesis has an n-gram of are left out, where NLTK divides by zero. NaN where every
    hypothesis is empty, and where the references are.

    Raises:
        ValueError: a shape `nist_statistics` does not have.
    """
    if statistics.ndim != 2 or statistics.shape[1] < 4 or statistics.shape[1] % 3 != 1:
        raise ValueError(f"statistics of NIST are (B, 3 N + 1), found {statistics.shape}")
    orders = statistics.shape[1] // 3
    shared, totals, words = (statistics[:, i * orders : (i + 1) * orders] for i in range(3))
    used = totals > 0
    precision = np.divide(shared, totals, out=np.zeros_like(shared), where=used).sum(axis=1)
    reference = np.where(used, words, 0).sum(axis=1)
    hypothesis = statistics[:, -1] * used.sum(axis=1)
    defined = (reference > 0) & (hypothesis > 0)
    ratio = np.divide(hypothesis, reference, out=np.ones_like(reference), where=defined)
    penalty = np.exp(_BETA * np.log(np.minimum(ratio, 1.0)) ** 2)
    return np.where(defined, precision * penalty, np.nan)


def _log2(ratios: Floats) -> Floats:
    """Logarithms to the last bit as Python has them, on every machine: which of two references counts may
    hang on it. There are few different ratios."""
    different, places = np.unique(ratios, return_inverse=True)
    return np.array([math.log(ratio, 2) for ratio in different.tolist()], dtype=np.float64)[places]


def _shared_weight(pairs: TextPairs, table: NgramTable, weights: Floats) -> Floats:
    """(references,) the weight each reference has in common with its hypothesis."""
    own, other = pairs.shared(table)
    # Summed in the order of the hypothesis, as NLTK does: which of two references has more may hang on it.
    order = np.argsort(table.places[own], kind="stable")
    own, other = own[order], other[order]
    shared = np.minimum(table.counts[own], table.counts[other]) * weights[table.grams[own]]
    return added(table.texts[other] - pairs.items, shared, len(pairs.owners))


def _best_reference(shared: Floats, lengths: Ints, pairs: TextPairs) -> Ints:
    """(items,) the reference of the most shared weight, the longer of two with as much."""
    order = np.lexsort((lengths, shared, pairs.owners))
    last = np.searchsorted(pairs.owners, np.arange(pairs.items), side="right") - 1
    return order[last]
