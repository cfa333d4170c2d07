"""NIST: NLTK's corpus NIST-5 on lower-cased white-space tokens (protocols.md section d)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vsumbench.contracts import Cause, CorpusScore, TextItem, Undefined

from .texts import check_metrics, read

ORDER = 5


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """The corpus value, unbounded above. It has no value per item: the weights belong to the whole corpus.

    NLTK divides by zero where no hypothesis has five tokens. The largest order that some hypothesis has is
    used then, and the note says so; with nothing but empty hypotheses the value is undefined by the
    prediction.

    Raises:
        PredictionError: a text that is no Unicode text.
    """
    check_metrics(metrics, ("nist",))
    from nltk.translate.nist_score import corpus_nist  # type: ignore[import-untyped]

    corpus = read(items)
    if not metrics or not corpus:
        return {metric: corpus.undefined() for metric in metrics}
    hypotheses = [hypothesis.lower().split() for hypothesis in corpus.hypotheses]
    references = [[text.lower().split() for text in texts] for texts in corpus.references]
    order = min(ORDER, max(len(words) for words in hypotheses))
    if order == 0:
        reason = "every hypothesis is empty, so there is no n-gram to count"
        return {"nist": corpus.score(Undefined(reason, Cause.PREDICTION))}
    note = (
        ""
        if order == ORDER
        else f"NIST-{order} instead of NIST-{ORDER}: no hypothesis has {order + 1} tokens"
    )
    return {"nist": corpus.score(float(corpus_nist(references, hypotheses, n=order)), (), (), note)}
