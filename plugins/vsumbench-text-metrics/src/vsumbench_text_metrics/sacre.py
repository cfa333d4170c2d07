"""SacreBLEU: corpus BLEU, tokeniser 13a, mixed case, exponential smoothing (protocols.md section d).

The metric `sacrebleu` is the default setting. Other settings, sentence scores and chrF are functions here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vsumbench.contracts import CorpusScore, TextItem

from .names import parse
from .texts import read

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

Texts = Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class BleuSettings:
    """What BLEU is computed with.

    Attributes:
        tokenize: sacrebleu's name of a tokeniser: `13a`, `intl`, `none`, `char`, …
        lowercase: whether case is ignored.
        smooth: what an order without a match counts as: `exp`, `floor`, `add-k`, or `none`.
        effective_order: leave out orders that no hypothesis reaches; advised for single sentences.
    """

    tokenize: str = "13a"
    lowercase: bool = False
    smooth: Literal["exp", "floor", "add-k", "none"] = "exp"
    effective_order: bool = False


@dataclass(frozen=True)
class BleuResult:
    """BLEU of a corpus or sentence.

    Attributes:
        score: 0..100.
        precisions: of orders 1 to 4, 0..100, after smoothing.
        brevity: the penalty for being shorter than the references, 0..1.
        counts, totals: matches and n-grams of orders 1 to 4.
        length, reference_length: tokens of the hypotheses and of the nearest references.
        signature: sacrebleu's words for the settings and its version.
    """

    score: float
    precisions: tuple[float, ...]
    brevity: float
    counts: tuple[int, ...]
    totals: tuple[int, ...]
    length: int
    reference_length: int
    signature: str


DEFAULT = BleuSettings()
SENTENCE = BleuSettings(effective_order=True)


def corpus_bleu(hypotheses: Sequence[str], references: Texts, settings: BleuSettings = DEFAULT) -> BleuResult:
    """BLEU of a corpus. Items may differ in their number of references.

    Args:
        hypotheses: (I,) texts, I >= 1, not tokenised.
        references: (I,) one or more texts each.
    """
    return _corpus(_scorer(settings), hypotheses, references)


def sentence_bleu(
    hypotheses: Sequence[str], references: Texts, settings: BleuSettings = SENTENCE
) -> list[BleuResult]:
    """BLEU of each item alone; the mean of the scores is another number than corpus BLEU."""
    scorer = _scorer(settings)
    return [_corpus(scorer, [text], [texts]) for text, texts in zip(hypotheses, references, strict=True)]


def corpus_chrf(hypotheses: Sequence[str], references: Texts) -> float:
    """chrF2 of a corpus, 0..100: characters of orders 1 to 6, no words, beta 2."""
    from sacrebleu.metrics.chrf import CHRF

    return float(CHRF().corpus_score(list(hypotheses), _streams(references)).score)  # type: ignore[arg-type]


def score(metrics: Sequence[str], items: Sequence[TextItem]) -> Mapping[str, CorpusScore]:
    """Corpus score 0..100, with sacrebleu's signature as the note.

    Items are sentence scores with effective order, as sacrebleu advises. Statistics of an item: clipped
    matches of orders 1..4, totals of orders 1..4, hypothesis and reference length. Items may differ in their
    number of references.

    Raises:
        UnknownMetricError: another metric, or brackets.
        PredictionError: a text that is no Unicode text.
    """
    asked = parse(metrics, ("sacrebleu",), {})
    corpus = read(items)
    if not asked or not corpus:
        return {one.name: corpus.undefined() for one in asked}
    whole = corpus_bleu(corpus.hypotheses, corpus.references)
    found = sentence_bleu(corpus.hypotheses, corpus.references)
    rows = [
        tuple(float(x) for x in (*one.counts, *one.totals, one.length, one.reference_length)) for one in found
    ]
    return {"sacrebleu": corpus.score(whole.score, [one.score for one in found], rows, whole.signature)}


def _scorer(settings: BleuSettings) -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(
        tokenize=settings.tokenize,
        lowercase=settings.lowercase,
        smooth_method=settings.smooth,
        effective_order=settings.effective_order,
        # It only silences the remark on texts that look tokenised.
        force=True,
    )


def _corpus(scorer: BLEU, hypotheses: Sequence[str], references: Texts) -> BleuResult:
    found = scorer.corpus_score(list(hypotheses), _streams(references))  # type: ignore[arg-type]
    return BleuResult(
        float(found.score),
        tuple(map(float, found.precisions)),
        float(found.bp),
        tuple(map(int, found.counts)),
        tuple(map(int, found.totals)),
        int(found.sys_len),
        int(found.ref_len),
        str(scorer.get_signature()),
    )


def _streams(references: Texts) -> list[list[str | None]]:
    """sacrebleu wants streams of equal length and ignores None in them."""
    widest = max(len(texts) for texts in references)
    return [[texts[i] if i < len(texts) else None for texts in references] for i in range(widest)]
