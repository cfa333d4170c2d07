"""ROUGE-1, ROUGE-2 and ROUGE-L by rouge-score with the Porter stemmer (protocols.md section d)."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence

from vsumbench.contracts import CorpusScore, TextItem

from .texts import check_metrics, keep, mean_rows, read

METRICS = ("rouge1", "rouge2", "rougeL")

_WORD = re.compile("[a-z0-9]")


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """Mean over items of F x100, for each type that of the reference with the best F.

    rouge-score reads nothing but lower-cased [a-z0-9]+ words, so a reference in another script is empty to it
    and taken out. Statistics of an item: the value and a count of one.

    Raises:
        PredictionError: a text that is no Unicode text.
    """
    check_metrics(metrics, METRICS)
    from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

    texts = read(items)
    if not metrics or not texts:
        return {metric: texts.undefined() for metric in metrics}
    corpus = keep(
        items,
        [(item.hypothesis, item.references) for item in items],
        lambda text: _WORD.search(text.lower()) is None,
        where=" of words in a-z and 0-9",
    )
    if not corpus:
        return {metric: corpus.undefined() for metric in metrics}
    scorer = RougeScorer(list(metrics), use_stemmer=True)
    found = [
        scorer.score_multi(references, hypothesis)
        for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True)
    ]
    scores = {}
    for metric in metrics:
        values = [100 * float(one[metric].fmeasure) for one in found]
        scores[metric] = corpus.score(
            statistics.fmean(values), values, mean_rows(values), "rouge-score, stemmed, F"
        )
    return scores
