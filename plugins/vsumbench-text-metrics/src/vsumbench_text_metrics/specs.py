"""The metrics as data. Values are x100 (`percent`), NIST is `raw`; every value is for a complete corpus."""

from __future__ import annotations

from vsumbench.contracts import Citation, MetricSpec, Needs

_COCO = "vsumbench_text_metrics.coco:score"
_ROUGE = "vsumbench_text_metrics.rouge:score"

# Papers print these columns with one digit after the point (two for NIST): half of the last printed digit.
_PERCENT_TOLERANCE = 0.05
_NIST_TOLERANCE = 0.005

_BLEU = Citation(
    title="BLEU: a method for automatic evaluation of machine translation",
    authors="Papineni, Roukos, Ward, Zhu",
    year=2002,
    venue="ACL",
)
_ROUGE_PAPER = Citation(
    title="ROUGE: a package for automatic evaluation of summaries",
    authors="Lin",
    year=2004,
    venue="ACL workshop Text Summarization Branches Out",
)


def _bleu(n: int) -> MetricSpec:
    return MetricSpec(
        id=f"bleu{n}",
        version="1",
        title=f"BLEU-{n}",
        scale="percent",
        needs=Needs.TEXT,
        level="corpus",
        implementation=_COCO,
        tolerance=_PERCENT_TOLERANCE,
        requires=("java",),
        citation=_BLEU,
        note="Corpus BLEU of pycocoevalcap on PTB tokens, closest reference length, no smoothing.",
    )


def _rouge(metric: str, title: str) -> MetricSpec:
    return MetricSpec(
        id=metric,
        version="1",
        title=title,
        scale="percent",
        needs=Needs.TEXT,
        level="corpus",
        implementation=_ROUGE,
        tolerance=_PERCENT_TOLERANCE,
        citation=_ROUGE_PAPER,
        note="F of rouge-score with the Porter stemmer; best reference; mean over items.",
    )


BLEU1, BLEU2, BLEU3, BLEU4 = (_bleu(n) for n in (1, 2, 3, 4))

METEOR = MetricSpec(
    id="meteor",
    version="1",
    title="METEOR",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation=_COCO,
    tolerance=_PERCENT_TOLERANCE,
    requires=("java",),
    citation=Citation(
        title="Meteor Universal: language specific translation evaluation for any target language",
        authors="Denkowski, Lavie",
        year=2014,
        venue="WMT",
    ),
    note="METEOR 1.5 (-l en -norm) on PTB tokens, from the statistics of the whole corpus.",
    aliases=("meteor-1.5",),
)

METEOR_NLTK = MetricSpec(
    id="meteor-nltk",
    version="1",
    title="METEOR (NLTK)",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation="vsumbench_text_metrics.meteor_nltk:score",
    tolerance=_PERCENT_TOLERANCE,
    requires=("wordnet",),
    citation=Citation(
        title="METEOR: an automatic metric for MT evaluation with high levels of correlation with "
        "human judgments",
        authors="Lavie, Agarwal",
        year=2007,
        venue="WMT",
    ),
    note="Another metric than `meteor`: other weights, no paraphrases, mean of item scores. Reads higher.",
)

ROUGE_L_COCO = MetricSpec(
    id="rougeL-coco",
    version="1",
    title="ROUGE-L (COCO)",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation=_COCO,
    tolerance=_PERCENT_TOLERANCE,
    requires=("java",),
    citation=_ROUGE_PAPER,
    note="ROUGE-L of pycocoevalcap on PTB tokens, beta 1.2; mean over items.",
)

CIDER = MetricSpec(
    id="cider",
    version="1",
    title="CIDEr",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation=_COCO,
    # idf weights spread the values more than other columns, and papers print a digit less.
    tolerance=0.1,
    requires=("java",),
    bounded=False,
    citation=Citation(
        title="CIDEr: consensus-based image description evaluation",
        authors="Vedantam, Zitnick, Parikh",
        year=2015,
        venue="CVPR",
    ),
    note="CIDEr-D (sigma 6) of pycocoevalcap on PTB tokens; idf of the evaluated references. May exceed 100.",
)

ROUGE1 = _rouge("rouge1", "ROUGE-1")
ROUGE2 = _rouge("rouge2", "ROUGE-2")
ROUGE_L = _rouge("rougeL", "ROUGE-L")

SACREBLEU = MetricSpec(
    id="sacrebleu",
    version="1",
    title="SacreBLEU",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation="vsumbench_text_metrics.sacre:score",
    tolerance=_PERCENT_TOLERANCE,
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
    citation=Citation(
        title="Automatic evaluation of machine translation quality using n-gram co-occurrence statistics",
        authors="Doddington",
        year=2002,
        venue="HLT",
    ),
    note="NLTK corpus NIST-5 on lower-cased white-space tokens; grows with the size of the corpus.",
    aliases=("nist5/nltk",),
)
