"""SacreBLEU: corpus BLEU, tokeniser 13a, mixed case, exponential smoothing (protocols.md section d)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vsumbench.contracts import CorpusScore, TextItem

from .texts import check_metrics, read


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """Corpus score 0..100, with sacrebleu's signature as the note.

    Items are sentence scores with effective order, as sacrebleu advises. Statistics of an item: clipped
    matches of orders 1..4, totals of orders 1..4, hypothesis and reference length. Items may differ in their
    number of references.

    Raises:
        PredictionError: a text that is no Unicode text.
    """
    check_metrics(metrics, ("sacrebleu",))
    from sacrebleu.metrics.bleu import BLEU

    corpus = read(items)
    if not metrics or not corpus:
        return {metric: corpus.undefined() for metric in metrics}
    # `force` only silences the remark on texts that look tokenised.
    bleu = BLEU(tokenize="13a", lowercase=False, smooth_method="exp", force=True)
    sentence = BLEU(tokenize="13a", lowercase=False, smooth_method="exp", force=True, effective_order=True)
    widest = max(len(references) for references in corpus.references)
    # sacrebleu wants streams of equal length and ignores None in them.
    streams = [
        [references[i] if i < len(references) else None for references in corpus.references]
        for i in range(widest)
    ]
    total = bleu.corpus_score(list(corpus.hypotheses), streams)  # type: ignore[arg-type]
    values, rows = [], []
    for hypothesis, references in zip(corpus.hypotheses, corpus.references, strict=True):
        one = sentence.sentence_score(hypothesis, list(references))
        values.append(float(one.score))
        rows.append(tuple(float(x) for x in (*one.counts, *one.totals, one.sys_len, one.ref_len)))
    return {"sacrebleu": corpus.score(float(total.score), values, rows, str(bleu.get_signature()))}
