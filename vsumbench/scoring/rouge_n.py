"""Precision, recall and F of overlaps as the rouge-score package has them (protocols.md d, "ROUGE-1/2/L").

An overlap is a number of words or n-grams shared; precision divides it by those of the hypothesis, recall by
those of the reference, and of several references the first with the best F counts, for each measure alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from .ngrams import Floats, Ints, NgramTable, TextPairs, added
from .subsequences import common_length, common_places


def ngram_overlap(pairs: TextPairs, table: NgramTable) -> Floats:
    """(references,) n-grams of one order that each reference shares with its hypothesis, counts clipped."""
    own, other = pairs.shared(table)
    both = np.minimum(table.counts[own], table.counts[other])
    return added(table.texts[other] - pairs.items, both, len(pairs.owners))


def summary_overlap(hypothesis: Sequence[Sequence[Hashable]], reference: Sequence[Sequence[Hashable]]) -> int:
    """Words shared by two summaries of sentences (rougeLsum).

    Of each reference sentence, those words count that a longest common subsequence with any hypothesis
    sentence takes; no word counts more often than either summary has it.
    """
    if len(reference) == 1 and len(hypothesis) == 1:
        return common_length(hypothesis[0], reference[0])
    left = Counter(word for sentence in hypothesis for word in sentence)
    left &= Counter(word for sentence in reference for word in sentence)
    hits = 0
    for sentence in reference:
        taken = {place for other in hypothesis for place in common_places(other, sentence)}
        for place in taken:
            if left[sentence[place]] > 0:
                left[sentence[place]] -= 1
                hits += 1
    return hits


def best_of_references(
    overlap: Floats, hypothesis_size: Ints, reference_size: Ints, owners: Ints, items: int
) -> Floats:
    """(items, 3) precision, recall and F in [0, 1].

    Args:
        overlap, reference_size: (references,) what a reference shares, and what it has.
        hypothesis_size: (items,) what each hypothesis has.
        owners: (references,) the item of each, ascending; every item has one.
    """
    precision = overlap / np.maximum(hypothesis_size, 1)[owners]
    recall = overlap / np.maximum(reference_size, 1)
    both = precision + recall
    f = np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)
    if not items:
        return np.zeros((0, 3))
    starts = np.searchsorted(owners, np.arange(items))
    best = np.maximum.reduceat(f, starts)
    # The first reference that has the best F.
    first = np.full(items, len(owners), dtype=np.int64)
    which = np.flatnonzero(f == best[owners])
    np.minimum.at(first, owners[which], which)
    return np.stack([precision[first], recall[first], f[first]], axis=1)
