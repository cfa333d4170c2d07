"""BLEU, ROUGE-L and CIDEr on tokenised texts by pycocoevalcap's own scorers: `bleu4[pycocoevalcap]`.

They are imported one by one: the package's `eval` module starts a download (dependencies.md section 6,
pitfall 7).
"""

from __future__ import annotations

from collections.abc import Iterator

from .coco_scorers import ONE_ITEM, ORDERS, SAME_REFERENCES
from .texts import Row
from .tokens import Scored, Tokens

Corpus = list[tuple[str, list[str]]]


def bleu(tokens: Tokens) -> dict[str, Scored]:
    """`bleu1` to `bleu4`; statistics are matches and totals of orders 1 to n and both lengths."""
    from pycocoevalcap.bleu.bleu_scorer import BleuScorer  # type: ignore[import-untyped]

    corpora: list[list[float]] = [[] for _ in range(ORDERS)]
    items: list[list[float]] = [[] for _ in range(ORDERS)]
    rows: list[list[Row]] = [[] for _ in range(ORDERS)]
    for corpus in _corpora(tokens):
        scorer = BleuScorer(n=ORDERS)
        for pair in corpus:
            scorer += pair
        values, per_item = scorer.compute_score(option="closest", verbose=0)
        for n in range(ORDERS):
            corpora[n].append(float(values[n]))
            items[n] += map(float, per_item[n])
            rows[n] += (_row(counts, n + 1) for counts in scorer.ctest)
    return {f"bleu{n + 1}": Scored(corpora[n], items[n], rows[n]) for n in range(ORDERS)}


def rouge_l(tokens: Tokens) -> dict[str, Scored]:
    """`rougeL-coco`."""
    import numpy as np
    from pycocoevalcap.rouge.rouge import Rouge  # type: ignore[import-untyped]

    scorer = Rouge()
    corpora: list[float] = []
    items: list[float] = []
    for corpus in _corpora(tokens):
        values = [float(scorer.calc_score([text], texts)) for text, texts in corpus]
        corpora.append(float(np.mean(values)))
        items += values
    return {"rougeL-coco": Scored(corpora, items)}


def cider(tokens: Tokens) -> dict[str, Scored]:
    """`cider`, with a remark where it is 0 by definition."""
    import numpy as np
    from pycocoevalcap.cider.cider_scorer import CiderScorer  # type: ignore[import-untyped]

    corpora: list[float] = []
    items: list[float] = []
    notes: list[str] = []
    for corpus in _corpora(tokens):
        scorer = CiderScorer(n=4, sigma=6.0)
        for pair in corpus:
            scorer += pair
        scorer.compute_doc_freq()
        unweighted = all(often == len(corpus) for often in scorer.document_frequency.values())
        values = scorer.compute_cider()
        corpora.append(float(np.mean(values)))
        items += map(float, values)
        notes.append("" if not unweighted else ONE_ITEM if len(corpus) == 1 else SAME_REFERENCES)
    return {"cider": Scored(corpora, items, notes=notes)}


def _corpora(tokens: Tokens) -> Iterator[Corpus]:
    texts = zip(tokens.hypotheses, tokens.references, strict=True)
    for size in tokens.sizes:
        yield [(text, list(references)) for text, references in (next(texts) for _ in range(size))]


def _row(counts: dict[str, list[int]], order: int) -> Row:
    length = int(counts["testlen"])  # type: ignore[call-overload]
    closest = min((abs(other - length), other) for other in counts["reflen"])[1]
    return tuple(float(x) for x in (*counts["correct"][:order], *counts["guess"][:order], length, closest))
