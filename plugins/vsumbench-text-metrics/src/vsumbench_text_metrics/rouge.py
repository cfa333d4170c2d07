"""ROUGE-1, ROUGE-2 and ROUGE-L of rouge-score (protocols.md section d).

`rougeL` is F with the Porter stemmer. Words in brackets choose otherwise: `rougeL[no-stem]`,
`rougeL[recall]`, `rougeL[no-stem,precision]`; `rougeL[rouge-score]` is computed by the package itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vsumbench.contracts import CorpusScore, TextItem

from .names import Asked, parse
from .rouge_words import readable
from .texts import keep, mean_rows, read

METRICS = ("rouge1", "rouge2", "rougeL")
LIBRARY = "rouge-score"
NO_STEM = "no-stem"
_COLUMNS = {"precision": 0, "recall": 1}
_F = 2
_GRAMMAR = {"words": (NO_STEM,), "share": tuple(_COLUMNS), "scorer": (LIBRARY,)}
GRAMMARS = dict.fromkeys(METRICS, _GRAMMAR)


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """Mean over items x100 of F, precision or recall, for each type those of the reference with the best F.

    rouge-score reads nothing but lower-cased [a-z0-9]+ words, so a reference in another script is empty to it
    and taken out. Statistics of an item: the value and a count of one.

    Raises:
        UnknownMetricError: a metric, or a word in its brackets, that is not known.
        PredictionError: a text that is no Unicode text.
    """
    asked = parse(metrics, METRICS, GRAMMARS)
    texts = read(items)
    if not asked or not texts:
        return {one.name: texts.undefined() for one in asked}
    corpus = keep(
        items,
        [(item.hypothesis, item.references) for item in items],
        lambda text: not readable(text),
        where=" of words in a-z and 0-9",
    )
    if not corpus:
        return {one.name: corpus.undefined() for one in asked}
    import numpy as np

    from . import rouge_library, rouge_scorers

    scores = {}
    for same in _together(asked):
        library, stem = LIBRARY in same[0].words, NO_STEM not in same[0].words
        scorer = rouge_library.rouge_scores if library else rouge_scorers.rouge_scores
        types = list(dict.fromkeys(one.metric for one in same))
        found = scorer(types, corpus.hypotheses, corpus.references, stem=stem)
        for one in same:
            share = next((word for word in _COLUMNS if word in one.words), "F")
            column = 100 * found[one.metric][:, _COLUMNS.get(share, _F)]
            values = column.tolist()
            note = f"rouge-score, {'stemmed' if stem else 'not stemmed'}, {share}"
            scores[one.name] = corpus.score(float(np.mean(column)), values, mean_rows(values), note)
    return {one.name: scores[one.name] for one in asked}


def _together(asked: Sequence[Asked]) -> list[list[Asked]]:
    """Metrics that are computed from the same words by the same scorer."""
    groups: dict[tuple[bool, bool], list[Asked]] = {}
    for one in asked:
        groups.setdefault((LIBRARY in one.words, NO_STEM in one.words), []).append(one)
    return list(groups.values())
