"""Tokenised texts of several corpora as every COCO metric takes them, and what a metric gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from vsumbench.contracts import CorpusScore

from .texts import Corpus, Row

if TYPE_CHECKING:
    from vsumbench.scoring.ngrams import TextPairs


@dataclass(frozen=True)
class Tokens:
    """The items of one or more corpora, one corpus behind the other, as tokens joined by spaces.

    Attributes:
        hypotheses: (I,) texts; may be empty.
        references: (I,) one or more texts each.
        sizes: (G,) items of each corpus, at least one.
    """

    hypotheses: Sequence[str]
    references: Sequence[Sequence[str]]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, corpora: Sequence[Corpus]) -> Tokens:
        """The items that take part in each corpus."""
        return cls(
            [text for corpus in corpora for text in corpus.hypotheses],
            [texts for corpus in corpora for texts in corpus.references],
            tuple(len(corpus.kept) for corpus in corpora),
        )

    @property
    def ends(self) -> list[int]:
        """(G + 1,) where each corpus begins, and where the last ends."""
        return [0, *accumulate(self.sizes)]

    @cached_property
    def pairs(self) -> TextPairs:
        """Numbered words, split at any white space as BLEU and CIDEr do."""
        from vsumbench.scoring.ngrams import code_pairs

        groups = [number for number, size in enumerate(self.sizes) for _ in range(size)]
        return code_pairs(
            [text.split() for text in self.hypotheses],
            [[text.split() for text in texts] for texts in self.references],
            groups,
        )


@dataclass(frozen=True)
class Scored:
    """One metric on the corpora of some `Tokens`, in its natural unit (0..1; CIDEr 0..10).

    Attributes:
        corpora: (G,) value of each corpus.
        items: (I,) value of each item.
        statistics: (I, K) rows a bootstrap sums up; empty where a row is the value and a count of one.
        notes: (G,) a remark on each corpus, empty for none; or nothing at all.
    """

    corpora: Sequence[float]
    items: Sequence[float]
    statistics: Sequence[Row] = ()
    notes: Sequence[str] = ()

    def scores(self, corpora: Sequence[Corpus], ends: Sequence[int]) -> list[CorpusScore]:
        """The scores of the corpora x100, with the items that were left out in their places."""
        found = []
        for number, corpus in enumerate(corpora):
            places = slice(ends[number], ends[number + 1])
            items = [100 * value for value in self.items[places]]
            rows = self.statistics[places] or [(value, 1.0) for value in items]
            note = self.notes[number] if self.notes else ""
            found.append(corpus.score(100 * self.corpora[number], items, rows, note))
        return found


Scorer = Callable[[Tokens], dict[str, Scored]]
"""Scores one or more metrics, by id."""
