"""ROUGE-N, ROUGE-L and rougeLsum of the rouge-score package, computed for all items at once.

Equal to the package to 1e-12 relative (`rouge_library`); a test on real text holds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring.ngrams import TextPairs, code_pairs, ngram_tables
from vsumbench.scoring.rouge_n import best_of_references, ngram_overlap, summary_overlap
from vsumbench.scoring.subsequences import common_length

from .rouge_words import sentences, words

_TYPE = re.compile("rouge(?:([1-9])|L|Lsum)")


def rouge_scores(
    types: Sequence[str],
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    stem: bool = True,
) -> dict[str, NDArray[np.float64]]:
    """Precision, recall and F in [0, 1] of every item, for each type those of the reference with the best F.

    Args:
        types: any of `rouge1` to `rouge9`, `rougeL`, and `rougeLsum`, which takes lines for sentences.
        hypotheses: (I,) texts.
        references: (I,) one or more texts each.
        stem: whether words are stemmed (Porter, as NLTK has it).

    Returns:
        type → (I, 3).

    Raises:
        ValueError: another type, other numbers of hypotheses and references, or an item without a reference.
    """
    if wrong := [kind for kind in types if _TYPE.fullmatch(kind) is None]:
        raise ValueError(
            f"{wrong[0]!r} is no type of ROUGE; there are rouge1 to rouge9, rougeL and rougeLsum"
        )
    said = [words(text, stem=stem) for text in hypotheses]
    told = [[words(text, stem=stem) for text in texts] for texts in references]
    pairs = code_pairs(said, told)
    flat = [text for texts in told for text in texts]
    orders = {kind: int(kind[5:]) for kind in types if kind[5:].isdigit()}
    tables = ngram_tables(pairs.words, pairs.lengths, max(orders.values(), default=0), least=2)
    found = {}
    for kind in types:
        order = orders.get(kind, 1)
        if kind in orders:
            overlap = ngram_overlap(pairs, tables[order - 1])
        elif kind == "rougeL":
            common = (common_length(said[item], text) for item, text in zip(pairs.owners, flat, strict=True))
            overlap = np.fromiter(common, dtype=np.float64, count=len(flat))
        else:
            overlap = _summaries(hypotheses, references, pairs, stem)
        sizes = pairs.totals(order)
        found[kind] = best_of_references(
            overlap, sizes[: pairs.items], sizes[pairs.items :], pairs.owners, pairs.items
        )
    return found


def _summaries(
    hypotheses: Sequence[str], references: Sequence[Sequence[str]], pairs: TextPairs, stem: bool
) -> NDArray[np.float64]:
    said = [sentences(text, stem=stem) for text in hypotheses]
    told = [sentences(text, stem=stem) for texts in references for text in texts]
    common = (summary_overlap(said[item], lines) for item, lines in zip(pairs.owners, told, strict=True))
    return np.fromiter(common, dtype=np.float64, count=len(told))
