"""BLEU, METEOR, ROUGE-L and CIDEr of the COCO caption evaluation, on texts tokenised once by the PTB
tokenizer.

The scorers are pycocoevalcap's own, imported one by one: its `eval` module starts a download (dependencies.md
section 6, pitfall 7). Definitions: protocols.md section b.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from vsumbench.contracts import CorpusScore, TextItem

from .ptb import tokenize
from .texts import Corpus, Row, check_metrics, keep, mean_rows, read

BLEU = ("bleu1", "bleu2", "bleu3", "bleu4")
METRICS = (*BLEU, "meteor", "rougeL-coco", "cider")


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """The metrics asked for, x100, each on the whole corpus.

    Statistics of an item, all additive: BLEU-n clipped matches of orders 1..n, totals of orders 1..n,
    hypothesis and reference length; METEOR its 23 numbers; ROUGE-L and CIDEr the value and a count of one.
    CIDEr uses the document frequencies of the whole corpus.

    Raises:
        UnavailableError: no Java. There is no fall-back to another tokenizer.
        RunFailedError: Java hangs or dies.
        PredictionError: a text that is no Unicode text.
    """
    check_metrics(metrics, METRICS)
    raw = read(items)
    if not metrics or not raw:
        return {metric: raw.undefined() for metric in metrics}
    corpus = _tokenised(items)
    if not corpus:
        return {metric: corpus.undefined() for metric in metrics}
    scores: dict[str, CorpusScore] = {}
    if any(metric in BLEU for metric in metrics):
        scores.update(_bleu(corpus))
    if "meteor" in metrics:
        scores["meteor"] = _meteor(corpus)
    if "rougeL-coco" in metrics:
        scores["rougeL-coco"] = _rouge(corpus)
    if "cider" in metrics:
        scores["cider"] = _cider(corpus)
    return {metric: scores[metric] for metric in metrics}


def _tokenised(items: Sequence[TextItem]) -> Corpus:
    """The corpus of tokens. A reference of nothing but removed punctuation is empty here and taken out:
    ROUGE-L would score an empty hypothesis against it with 1 (protocols.md section b, traps)."""
    tokens = iter(tokenize([text for item in items for text in (item.hypothesis, *item.references)]))
    texts = [(next(tokens), [next(tokens) for _ in item.references]) for item in items]
    return keep(items, texts, lambda text: not text.strip(), where=" after tokenisation")


def _bleu(corpus: Corpus) -> dict[str, CorpusScore]:
    from pycocoevalcap.bleu.bleu_scorer import BleuScorer  # type: ignore[import-untyped]

    scorer = BleuScorer(n=4)
    for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True):
        scorer += (hypothesis, list(references))
    values, per_item = scorer.compute_score(option="closest", verbose=0)
    scores = {}
    for n, metric in enumerate(BLEU, start=1):
        rows = [
            tuple(
                float(x)
                for x in (
                    *c["correct"][:n],
                    *c["guess"][:n],
                    c["testlen"],
                    _closest(c["reflen"], c["testlen"]),
                )
            )
            for c in scorer.ctest
        ]
        scores[metric] = corpus.score(100 * values[n - 1], [100 * v for v in per_item[n - 1]], rows)
    return scores


def _closest(lengths: Sequence[int], length: int) -> int:
    """The reference length nearest to the hypothesis', the shorter of two as near."""
    return min((abs(candidate - length), candidate) for candidate in lengths)[1]


def _meteor(corpus: Corpus) -> CorpusScore:
    from .meteor import meteor

    result = meteor(corpus.hypotheses, corpus.references)
    rows = [_additive(row) for row in result.statistics]
    return corpus.score(
        100 * result.corpus,
        [100 * value for value in result.items],
        rows,
        "METEOR 1.5 -l en -norm",
    )


def _additive(row: Row) -> Row:
    """The row with no chunk where one chunk is the whole of both texts.

    METEOR counts no fragmentation for such an item, alone or in a corpus, so its chunk must not enter a sum.
    """
    words, reference_words, chunks, matched, matched_reference = (row[i] for i in (0, 1, 20, 21, 22))
    whole = chunks == 1 and (matched, matched_reference) == (words, reference_words)
    return (*row[:20], 0.0, *row[21:]) if whole else row


def _rouge(corpus: Corpus) -> CorpusScore:
    from pycocoevalcap.rouge.rouge import Rouge  # type: ignore[import-untyped]

    scorer = Rouge()
    values = [
        100 * float(scorer.calc_score([hypothesis], list(references)))
        for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True)
    ]
    return corpus.score(statistics.fmean(values), values, mean_rows(values))


def _cider(corpus: Corpus) -> CorpusScore:
    from pycocoevalcap.cider.cider_scorer import CiderScorer  # type: ignore[import-untyped]

    scorer = CiderScorer(n=4, sigma=6.0)
    for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True):
        scorer += (hypothesis, list(references))
    value, per_item = scorer.compute_score()
    values = [100 * float(v) for v in per_item]
    note = ""
    if len(values) == 1:
        note = "CIDEr of one item is 0 by definition"
    elif min(filter(None, scorer.document_frequency.values())) == len(values):
        note = "CIDEr is 0 by definition where every item has the same references"
    return corpus.score(100 * float(value), values, mean_rows(values), note)
