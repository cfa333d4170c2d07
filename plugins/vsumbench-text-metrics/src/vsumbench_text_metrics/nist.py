"""NIST: NLTK's corpus NIST-5 on lower-cased white-space tokens (protocols.md section d).

Computed by `vsumbench.scoring`, which also gives the statistics a bootstrap needs; `nist[nltk]` takes the
value from NLTK itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsumbench.contracts import Cause, CorpusScore, TextItem, Undefined, Value

from .names import parse
from .texts import Row, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ORDER = 5
LIBRARY = "nltk"
GRAMMARS = {"nist": {"scorer": (LIBRARY,)}}

Words = Sequence[Sequence[str]]


@dataclass(frozen=True)
class NistResult:
    """NIST of one or more corpora.

    Attributes:
        values: (G,) value of each corpus; NaN where every hypothesis or every reference is empty.
        orders: (G,) the order each value is of: that asked for, or the largest of which any hypothesis has an
            n-gram. NLTK divides by zero in the second case.
        statistics: (I, 3 N + 1) rows of `vsumbench.scoring.nist.nist_statistics`.
    """

    values: NDArray[np.float64]
    orders: NDArray[np.int64]
    statistics: NDArray[np.float64]


def corpus_nist(hypotheses: Sequence[str], references: Words, order: int = ORDER) -> NistResult:
    """NIST of one corpus of texts, lower-cased and split at white space.

    Args:
        hypotheses: (I,) texts.
        references: (I,) one or more texts each.

    Raises:
        ValueError: an order below 1, other numbers of hypotheses and references, or an item without one.
    """
    return _nist(hypotheses, references, order, [0] * len(hypotheses))


def sentence_nist(hypotheses: Sequence[str], references: Words, order: int = ORDER) -> NistResult:
    """NIST of each item as a corpus of its own; the mean of `values` is another number than corpus NIST.

    Raises:
        ValueError: as `corpus_nist`.
    """
    return _nist(hypotheses, references, order, list(range(len(hypotheses))))


def _nist(hypotheses: Sequence[str], references: Words, order: int, groups: list[int]) -> NistResult:
    import numpy as np

    from vsumbench.scoring.ngrams import code_pairs
    from vsumbench.scoring.nist import nist, nist_order, nist_statistics

    said, told = _words(hypotheses, references)
    rows = nist_statistics(code_pairs(said, told, groups), order)
    starts = np.searchsorted(groups, np.arange(len(set(groups))))
    sums = np.add.reduceat(rows, starts, axis=0) if len(rows) else rows
    return NistResult(nist(sums), nist_order(sums), rows)


def _words(hypotheses: Sequence[str], references: Words) -> tuple[list[list[str]], list[list[list[str]]]]:
    return (
        [text.lower().split() for text in hypotheses],
        [[text.lower().split() for text in texts] for texts in references],
    )


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """The corpus value, unbounded above. It has no value per item: the weights belong to the whole corpus.

    Where no hypothesis has five tokens, the largest order that some hypothesis has is used, and the note says
    so; with nothing but empty hypotheses the value is undefined by the prediction. Statistics of an item:
    shared weight, n-grams and words of the reference for orders 1..5, and words of the hypothesis.

    Raises:
        UnknownMetricError: a metric, or a word in its brackets, that is not known.
        PredictionError: a text that is no Unicode text.
    """
    asked = parse(metrics, ("nist",), GRAMMARS)
    corpus = read(items)
    if not asked or not corpus:
        return {one.name: corpus.undefined() for one in asked}
    found = corpus_nist(corpus.hypotheses, corpus.references)
    order = int(found.orders[0])
    rows: list[Row] = list(map(tuple, found.statistics.tolist()))
    short = f"NIST-{order} instead of NIST-{ORDER}: no hypothesis has {order + 1} tokens"
    note = "" if order == ORDER else short if order else ""
    scores = {}
    for one in asked:
        value: Value
        if order == 0:
            value = Undefined("every hypothesis is empty, so there is no n-gram to count", Cause.PREDICTION)
        elif LIBRARY in one.words:
            value = _library(corpus.hypotheses, corpus.references, order)
        else:
            value = float(found.values[0])
        scores[one.name] = corpus.score(value, (), rows, note)
    return scores


def _library(hypotheses: Sequence[str], references: Words, order: int) -> float:
    from nltk.translate.nist_score import corpus_nist as nltk_nist  # type: ignore[import-untyped]

    said, told = _words(hypotheses, references)
    return float(nltk_nist(told, said, n=order))
