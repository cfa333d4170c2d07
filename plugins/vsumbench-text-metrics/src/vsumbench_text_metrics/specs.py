"""The text metrics as data. Values are x100 (`percent`), NIST is `raw`; every value is for a complete corpus.

Every spec of this distribution but BERTScore and the metrics of frames
and text is a name of this module.
"""

from __future__ import annotations

from vsumbench.contracts import Citation, MetricSpec, Needs

from .coco_specs import (
    BLEU1,
    BLEU2,
    BLEU3,
    BLEU4,
    CIDER,
    METEOR,
    MILORA,
    PAIRS,
    PERCENT_TOLERANCE,
    ROUGE_L_COCO,
    ROUGE_PAPER,
)

__all__ = [
    "BLEU1",
    "BLEU2",
    "BLEU3",
    "BLEU4",
    "CIDER",
    "METEOR",
    "METEOR_NLTK",
    "NIST",
    "ROUGE1",
    "ROUGE2",
    "ROUGE_L",
    "ROUGE_L_COCO",
    "SACREBLEU",
]

_ROUGE = "vsumbench_text_metrics.rouge:score"
_ROUGE_SCORE = "protocols.md d; rouge-score 0.1.2"
_TAKES_ROUGE = (
    "words separated by commas: `no-stem`; `precision` or `recall` instead of F; `rouge-score` for that "
    "package's own scorer, slower and equal"
)
_TAKES_NLTK = "`nltk` for the value of NLTK's own scorer: slower, equal to 1e-12 of the value"
# Papers print it with two digits after the point.
_NIST_TOLERANCE = 0.005


def _rouge(metric: str, title: str, what: str, disagreements: tuple[str, ...]) -> MetricSpec:
    return MetricSpec(
        id=metric,
        version="1",
        title=title,
        scale="percent",
        needs=Needs.TEXT,
        level="corpus",
        implementation=_ROUGE,
        tolerance=PERCENT_TOLERANCE,
        takes=_TAKES_ROUGE,
        chain=(
            "lower-case; words are runs of a-z and 0-9, those of more than three letters stemmed (Porter)",
            f"precision, recall and F of {what}",
            "of several references the one with the best F, for each type alone",
            "mean over items",
        ),
        source=_ROUGE_SCORE,
        disagreements=disagreements,
        citation=ROUGE_PAPER,
        note="F of rouge-score with the Porter stemmer; best reference; mean over items.",
    )


METEOR_NLTK = MetricSpec(
    id="meteor-nltk",
    version="1",
    title="METEOR (NLTK)",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation="vsumbench_text_metrics.meteor_nltk:score",
    tolerance=PERCENT_TOLERANCE,
    requires=("wordnet",),
    chain=(
        "lower-cased words, split at white space",
        "NLTK's METEOR of each item against its best reference",
        "mean over items",
    ),
    source="protocols.md d; NLTK",
    disagreements=("another metric than METEOR 1.5: other weights, no paraphrases, a mean of item scores",),
    citation=Citation(
        title="METEOR: an automatic metric for MT evaluation with high levels of correlation with "
        "human judgments",
        authors="Lavie, Agarwal",
        year=2007,
        venue="WMT",
    ),
    note="Another metric than `meteor`: other weights, no paraphrases, mean of item scores. Reads higher.",
)

ROUGE1 = _rouge(
    "rouge1",
    "ROUGE-1",
    "shared words",
    (f"stemming is worth 2.6 points: of {PAIRS} 37.02 stemmed, 34.45 not",),
)
ROUGE2 = _rouge(
    "rouge2",
    "ROUGE-2",
    "shared bigrams",
    (f"stemming is worth 1 point: of {PAIRS} 11.07 stemmed, 10.05 not",),
)
ROUGE_L = _rouge(
    "rougeL",
    "ROUGE-L",
    "the longest common subsequence of words",
    (
        f"of {PAIRS} F is 27.16 stemmed and 25.52 not, and recall alone is 31.10",
        "pycocoevalcap's ROUGE-L of the same pairs is 25.84: it is `rougeL-coco`",
        "rougeLsum splits texts at line breaks and is another measure",
        MILORA.format("ROUGE-L", "45 to 50", "27.16"),
    ),
)

SACREBLEU = MetricSpec(
    id="sacrebleu",
    version="1",
    title="SacreBLEU",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation="vsumbench_text_metrics.sacre:score",
    tolerance=PERCENT_TOLERANCE,
    chain=(
        "tokeniser 13a on the texts as written, case kept",
        "corpus BLEU-4 with the nearest reference length; orders without a match are smoothed (exp)",
    ),
    source="protocols.md d; sacrebleu, version in the signature",
    disagreements=(
        f"of {PAIRS} 5.87; lower-cased 6.23; mean of single texts 5.78; pycocoevalcap's BLEU-4 5.30",
        MILORA.format("SacreBLEU", "20 to 25", "5.87"),
        "two equal texts of fewer than four words score 0: they have no 4-gram",
    ),
    citation=Citation(
        title="A call for clarity in reporting BLEU scores", authors="Post", year=2018, venue="WMT"
    ),
    note="Corpus BLEU, tokeniser 13a, mixed case, exponential smoothing.",
    aliases=("sacrebleu/13a",),
)

NIST = MetricSpec(
    id="nist",
    version="1",
    title="NIST",
    scale="raw",
    needs=Needs.TEXT,
    level="corpus",
    implementation="vsumbench_text_metrics.nist:score",
    tolerance=_NIST_TOLERANCE,
    takes=_TAKES_NLTK,
    chain=(
        "lower-cased words, split at white space",
        "n-grams of orders 1 to 5 shared with the best reference, weighted by their rarity in all references",
        "where no hypothesis has five words: the largest order there is, and the note says so",
        "sum over orders of weight by n-grams of the hypotheses, times a penalty for short hypotheses",
    ),
    source="protocols.md d; NLTK 3.10",
    disagreements=(
        "the weights come from the evaluated references, so the value grows with the corpus",
        MILORA.format("NIST", "8.93", "2.34"),
    ),
    citation=Citation(
        title="Automatic evaluation of machine translation quality using n-gram co-occurrence statistics",
        authors="Doddington",
        year=2002,
        venue="HLT",
    ),
    note="NLTK corpus NIST-5 on lower-cased white-space tokens; grows with the size of the corpus.",
    aliases=("nist5/nltk",),
)
