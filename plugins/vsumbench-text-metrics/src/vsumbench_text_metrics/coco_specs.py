"""The metrics of the COCO caption evaluation as data; all x100 and for a complete corpus.

`PAIRS` are the paragraphs of ActivityNet Captions val_1 as predictions with those of val_2 as references
(protocols.md section h).
"""

from __future__ import annotations

from vsumbench.contracts import Citation, MetricSpec, Needs

COCO = "vsumbench_text_metrics.coco:score"
# Papers print these columns with one digit after the point: half of the last printed digit.
PERCENT_TOLERANCE = 0.05
PAIRS = "4,000 pairs of people's paragraphs (ActivityNet)"
MILORA = "the MiLoRA-ViSum paper prints a {} of {}, protocol unknown; two people reach {}"
ROUGE_PAPER = Citation(
    title="ROUGE: a package for automatic evaluation of summaries",
    authors="Lin",
    year=2004,
    venue="ACL workshop Text Summarization Branches Out",
)

_PTB = "PTB tokens of hypothesis and references: lower-cased, listed punctuation removed, brackets kept"
_PYCOCOEVALCAP = "protocols.md b; pycocoevalcap 1.2"
_LIBRARY = "`pycocoevalcap` for that package's own scorer: slower, equal to 1e-12 of the value"
_BLEU_PAPER = Citation(
    title="BLEU: a method for automatic evaluation of machine translation",
    authors="Papineni, Roukos, Ward, Zhu",
    year=2002,
    venue="ACL",
)


_BLEU_ELSEWHERE = (
    "SacreBLEU has other tokens, keeps case and is BLEU-4 alone",
    "the mean of the BLEU of single texts is another number",
)
_BLEU4_ELSEWHERE = (
    f"of {PAIRS} this is 5.30 and SacreBLEU 5.87: other tokens and case",
    "the mean of the BLEU of single texts is another number: 5.78 for SacreBLEU's 5.87",
    "the V2Xum-LLM paper prints 5.2 for people, this gives 5.30",
)


def _grams(n: int) -> str:
    return "words" if n == 1 else f"n-grams of orders 1 to {n}"


def _precisions(n: int) -> str:
    return "the share of matches" if n == 1 else f"geometric mean of the {n} precisions"


def _bleu(n: int) -> MetricSpec:
    return MetricSpec(
        id=f"bleu{n}",
        version="1",
        title=f"BLEU-{n}",
        scale="percent",
        needs=Needs.TEXT,
        level="corpus",
        implementation=COCO,
        tolerance=PERCENT_TOLERANCE,
        requires=("java",),
        takes=_LIBRARY,
        chain=(
            _PTB,
            f"{_grams(n)} that references have, each at most as often as in one of them",
            f"matches and {'words' if n == 1 else 'n-grams'} summed over the corpus",
            f"{_precisions(n)}, with 1e-15 added to numerators and 1e-9 to denominators",
            "times exp(1 - 1/ratio) where hypotheses are shorter than the references nearest in length",
        ),
        source=_PYCOCOEVALCAP,
        disagreements=_BLEU4_ELSEWHERE if n == 4 else _BLEU_ELSEWHERE,
        citation=_BLEU_PAPER,
        note="Corpus BLEU of pycocoevalcap on PTB tokens, closest reference length, no smoothing.",
    )


BLEU1, BLEU2, BLEU3, BLEU4 = (_bleu(n) for n in (1, 2, 3, 4))

METEOR = MetricSpec(
    id="meteor",
    version="1",
    title="METEOR",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation=COCO,
    tolerance=PERCENT_TOLERANCE,
    requires=("java",),
    chain=(
        _PTB,
        "METEOR 1.5, English, -norm: words aligned by form, stem, synonym and paraphrase",
        "best reference of each item",
        "one score from the statistics of all items together",
    ),
    source="protocols.md b; METEOR 1.5 as packaged in pycocoevalcap 1.2",
    disagreements=(
        f"of {PAIRS} the corpus score is 14.69, the mean of item scores 15.59",
        "NLTK's METEOR has other weights and no paraphrases and reads higher: it is `meteor-nltk`",
        MILORA.format("METEOR", "31 to 36", "14.69"),
        "the V2Xum-LLM paper's 15.8 on Instruct-V2Xum is of texts of 239 tokens and not comparable",
    ),
    citation=Citation(
        title="Meteor Universal: language specific translation evaluation for any target language",
        authors="Denkowski, Lavie",
        year=2014,
        venue="WMT",
    ),
    note="METEOR 1.5 (-l en -norm) on PTB tokens, from the statistics of the whole corpus.",
    aliases=("meteor-1.5",),
)

ROUGE_L_COCO = MetricSpec(
    id="rougeL-coco",
    version="1",
    title="ROUGE-L (COCO)",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation=COCO,
    tolerance=PERCENT_TOLERANCE,
    requires=("java",),
    takes=_LIBRARY,
    chain=(
        _PTB,
        "longest common subsequence with each reference; the best precision and, on its own, the best recall",
        "F with beta 1.2; mean over items",
    ),
    source=_PYCOCOEVALCAP,
    disagreements=(
        f"of {PAIRS} this is 25.84, rouge-score's ROUGE-L 27.16 stemmed and 25.52 not",
        MILORA.format("ROUGE-L", "45 to 50", "25.84"),
    ),
    citation=ROUGE_PAPER,
    note="ROUGE-L of pycocoevalcap on PTB tokens, beta 1.2; mean over items.",
)

CIDER = MetricSpec(
    id="cider",
    version="1",
    title="CIDEr",
    scale="percent",
    needs=Needs.TEXT,
    level="corpus",
    implementation=COCO,
    # idf weights spread the values more than other columns, and papers print a digit less.
    tolerance=0.1,
    requires=("java",),
    bounded=False,
    takes=_LIBRARY,
    chain=(
        _PTB,
        "counts of n-grams of orders 1 to 4, weighted by ln(items / items with the n-gram in a reference)",
        "cosine with each reference, clipped, times exp(-d^2 / 72) for a difference of d bigrams",
        "mean over orders and references, times 10; mean over items",
    ),
    source=_PYCOCOEVALCAP,
    disagreements=(
        "the evaluated references give the weights: 0 for a single item, 1000 for two identical pairs",
        "the length penalty is harsh on long texts: the V2Xum-LLM paper has 0.8 to 0.9 at 239 tokens",
        f"of {PAIRS} this is 25.54, the V2Xum-LLM paper prints 24.2",
    ),
    citation=Citation(
        title="CIDEr: consensus-based image description evaluation",
        authors="Vedantam, Zitnick, Parikh",
        year=2015,
        venue="CVPR",
    ),
    note="CIDEr-D (sigma 6) of pycocoevalcap on PTB tokens; idf of the evaluated references. May exceed 100.",
)
