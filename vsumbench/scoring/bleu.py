"""Corpus BLEU of the COCO caption evaluation: clipped counts, closest reference length, no smoothing.

Source: protocols.md b, "BLEU-n".
"""

from __future__ import annotations

import numpy as np

from .ngrams import Floats, Ints, TextPairs, added

ORDERS = 4
_TINY = 1e-15
_SMALL = 1e-9


def bleu_statistics(pairs: TextPairs) -> Floats:
    """(items, 10) what BLEU of an item or of any set of items is computed from; rows of a set add up.

    Columns: clipped matches of orders 1 to 4, n-grams of orders 1 to 4, words of the hypothesis, words of
    the reference nearest in length (the shorter of two as near).
    """
    items = pairs.items
    rows = np.zeros((items, 2 * ORDERS + 2))
    for order, table in enumerate(pairs.tables):
        own, other = pairs.shared(table)
        most = np.zeros(len(table.texts), dtype=np.int64)
        np.maximum.at(most, own, table.counts[other])
        matched = np.minimum(most, table.counts)
        hit = np.flatnonzero(matched)
        rows[:, order] = added(table.texts[hit], matched[hit], items)
        rows[:, ORDERS + order] = pairs.totals(order + 1)[:items]
    rows[:, -2] = pairs.lengths[:items]
    rows[:, -1] = _closest(pairs)
    return rows


def bleu(statistics: Floats) -> Floats:
    """(B, N) BLEU-1 to BLEU-N in [0, 1] of B rows or sums of rows.

    Args:
        statistics: (B, 2 N + 2) as `bleu_statistics` has them, or with orders 1 to N alone.

    Raises:
        ValueError: another shape.
    """
    if statistics.ndim != 2 or statistics.shape[1] < 4 or statistics.shape[1] % 2:
        raise ValueError(f"statistics of BLEU are (B, 2 N + 2), found {statistics.shape}")
    orders = statistics.shape[1] // 2 - 1
    correct, guessed = statistics[:, :orders], statistics[:, orders : 2 * orders]
    product = np.cumprod((correct + _TINY) / (guessed + _SMALL), axis=1)
    precision = product ** (1.0 / np.arange(1, orders + 1))
    ratio = (statistics[:, -2] + _TINY) / (statistics[:, -1] + _SMALL)
    brevity = np.where(ratio < 1, np.exp(1 - 1 / np.minimum(ratio, 1)), 1.0)
    return np.asarray(precision * brevity[:, None])


def _closest(pairs: TextPairs) -> Ints:
    lengths, owners = pairs.lengths[pairs.items :], pairs.owners
    if not len(owners):
        return np.zeros(0, dtype=np.int64)
    # One number that orders by distance, then by length.
    apart = np.abs(lengths - pairs.lengths[: pairs.items][owners]) * (int(lengths.max()) + 1) + lengths
    starts = np.searchsorted(owners, np.arange(pairs.items))
    return np.asarray(np.minimum.reduceat(apart, starts) % (int(lengths.max()) + 1))
