"""Words and n-grams of many texts as numbers, and which of them a hypothesis shares with its references.

Everything that counts n-grams (BLEU, CIDEr, ROUGE-N, NIST) starts here. N-grams are coded exactly: an n-gram
is the number of its first n - 1 words paired with its last word, numbered again; nothing is hashed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = Sequence[Hashable]


@dataclass(frozen=True)
class NgramTable:
    """How often each text has each n-gram of one order; a row for each that it has, by n-gram, then text.

    Attributes:
        texts, grams, counts: (R,) number of the text, number of the n-gram, times it occurs in the text.
        places: (R,) where among the words of all texts it first begins in this one.
        size: how many n-grams there are; their numbers are 0..size - 1.
        prefixes: (size,) number of the (n - 1)-gram an n-gram begins with, in the table of order n - 1; 0 for
            single words.
    """

    texts: Ints
    grams: Ints
    counts: Ints
    places: Ints
    size: int
    prefixes: Ints


@dataclass(frozen=True)
class TextPairs:
    """Hypotheses beside their references. Texts 0..items - 1 are the hypotheses, the references follow.

    Attributes:
        words: (W,) the number of each word, one text behind the other. Words of different corpora have
            different numbers, so that nothing counted in one corpus enters another.
        lengths: (texts,) words of each text.
        owners: (references,) the item of each reference, ascending.
        groups: (items,) the corpus of each item, from 0, ascending.
    """

    words: Ints
    lengths: Ints
    owners: Ints
    groups: Ints

    @property
    def items(self) -> int:
        """How many hypotheses there are."""
        return len(self.groups)

    @cached_property
    def sizes(self) -> Ints:
        """(corpora,) items of each corpus."""
        return np.bincount(self.groups)

    @cached_property
    def tables(self) -> tuple[NgramTable, ...]:
        """The n-grams of orders 1 to 4 that occur more than once: nothing shares the others."""
        return ngram_tables(self.words, self.lengths, 4, least=2)

    def totals(self, order: int) -> Ints:
        """(texts,) how many n-grams of this order each text has, repetitions counted."""
        return np.maximum(self.lengths - order + 1, 0)

    def shared(self, table: NgramTable) -> tuple[Ints, Ints]:
        """Rows of the table: a hypothesis' n-gram, and the same n-gram in a reference of the same item.

        Returns:
            (M,) rows of hypotheses and (M,) rows of references, one pair for each n-gram that a hypothesis
            and a reference both have.
        """
        mine = table.texts < self.items
        own, other = np.flatnonzero(mine), np.flatnonzero(~mine)
        if not len(own):
            return own, own
        given = table.grams[own] * self.items + table.texts[own]
        asked = table.grams[other] * self.items + self.owners[table.texts[other] - self.items]
        place = np.minimum(np.searchsorted(given, asked), len(given) - 1)
        found = np.flatnonzero(given[place] == asked)
        return own[place[found]], other[found]


def code_pairs(
    hypotheses: Sequence[Words], references: Sequence[Sequence[Words]], groups: Sequence[int] | None = None
) -> TextPairs:
    """Number the words of hypotheses and references.

    Args:
        hypotheses: (items,) texts as words; may be empty.
        references: (items,) at least one text each.
        groups: (items,) the corpus of each item: 0, 1, … in ascending order, none left out; one corpus by
            default.

    Raises:
        ValueError: other numbers of hypotheses and references, an item without a reference, or groups that
            do not ascend from 0.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses stand beside references of {len(references)} items")
    if not all(references):
        raise ValueError("an item has no reference")
    corpus = (
        np.zeros(len(hypotheses), dtype=np.int64) if groups is None else np.asarray(groups, dtype=np.int64)
    )
    if len(corpus) != len(hypotheses) or (len(corpus) and not _ascends(corpus)):
        raise ValueError("groups are not 0, 1, … in ascending order, one for each item")
    texts = [*hypotheses, *chain.from_iterable(references)]
    owners = np.repeat(np.arange(len(references)), [len(one) for one in references]).astype(np.int64)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    words = number_words(texts)
    if len(corpus) and corpus[-1]:
        of_text = np.concatenate((corpus, corpus[owners]))
        keys = np.repeat(of_text, lengths) * (int(words.max(initial=0)) + 1) + words
        words = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return TextPairs(words, lengths, owners, corpus)


def number_words(texts: Sequence[Words]) -> Ints:
    """(W,) the words of all texts, one behind the other, numbered as they first occur."""
    numbers: defaultdict[Hashable, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    return np.fromiter(map(numbers.__getitem__, chain.from_iterable(texts)), dtype=np.int64)


def ngram_tables(words: Ints, lengths: Ints, orders: int, least: int = 1) -> tuple[NgramTable, ...]:
    """Count the n-grams of orders 1 to `orders` in each text.

    Args:
        words: (W,) number of each word, one text behind the other.
        lengths: (texts,) words of each text; they sum to W.
        least: n-grams that occur less often in all texts together are left out, which saves most of the work.
    """
    texts = np.repeat(np.arange(len(lengths)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(words))
    vocabulary = int(words.max(initial=-1)) + 1
    at, keys = np.arange(len(words)), words
    tables: list[NgramTable] = []
    for order in range(1, orders + 1):
        order_of = _ranked(keys)
        ordered, places = keys[order_of], at[order_of]
        new = np.flatnonzero(np.diff(ordered, prepend=-1))
        often = np.diff(new, append=len(ordered))
        kept = np.repeat(often >= least, often)
        ordered, places = ordered[kept], places[kept]
        new = np.diff(ordered, prepend=-1) != 0
        numbers = np.cumsum(new) - 1
        # Equal n-grams stand in the order of the words, so those of one text stand together.
        owners = texts[places]
        starts = np.flatnonzero(new | (np.diff(owners, prepend=-1) != 0))
        prefixes = ordered[new] // vocabulary if order > 1 else np.zeros(int(new.sum()), dtype=np.int64)
        counts = np.diff(starts, append=len(ordered))
        tables.append(
            NgramTable(owners[starts], numbers[starts], counts, places[starts], len(prefixes), prefixes)
        )
        # An n-gram occurs no more often than the two it is made of.
        begun = np.full(len(words) + 1, -1, dtype=np.int64)
        begun[places] = numbers
        at = np.flatnonzero((begun[:-1] >= 0) & (begun[1:] >= 0) & (left > order))
        keys = begun[at] * vocabulary + words[at + order]
    return tuple(tables)


def _ranked(keys: Ints) -> Ints:
    """The places of the keys in ascending order; equal keys keep their order.

    A pass for every 16 bits: numpy sorts numbers of 16 bits by counting, which is several times as fast as
    sorting 64 bits by comparing.
    """
    places = np.argsort(keys.astype(np.uint16), kind="stable")
    for shift in range(16, int(keys.max(initial=0)).bit_length(), 16):
        digits = (keys[places] >> shift).astype(np.uint16)
        places = places[np.argsort(digits, kind="stable")]
    return places


def added(places: Ints, amounts: NDArray[np.generic], length: int) -> Floats:
    """(length,) the sum of the amounts at each place, added in the order given."""
    return np.asarray(np.bincount(places, weights=amounts, minlength=length), dtype=np.float64)


def _ascends(groups: Ints) -> bool:
    steps = np.diff(groups, prepend=0)
    return bool(groups[0] == 0 and ((steps == 0) | (steps == 1)).all())
