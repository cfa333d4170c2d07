"""Dense captioning as data: the protocol of 2019 and its detection metrics (protocols.md section g)."""

from __future__ import annotations

from vsumbench.contracts import Citation, MetricSpec, Needs, ProtocolSpec, Provides, Task

_PAPER = Citation(
    title="Dense-captioning events in videos",
    authors="Krishna, Hata, Ren, Fei-Fei, Niebles",
    year=2017,
    venue="ICCV",
)
_SOURCE = "protocols.md g (densevid_eval 9d4045ac)"

DENSE_2019 = ProtocolSpec(
    id="dense-2019",
    version="1",
    title="Dense captioning, ActivityNet challenge 2019",
    task=Task.V2T,
    yields=Needs.TEXT,
    metrics=(
        "meteor",
        "bleu1",
        "bleu2",
        "bleu3",
        "bleu4",
        "rougeL-coco",
        "cider",
        "dense-precision",
        "dense-recall",
    ),
    implementation="vsumbench_text_metrics.dense:DENSE",
    requires=Provides(timed_captions=True),
    predicts="text",
    parameters={
        "thresholds": (0.3, 0.5, 0.7, 0.9),
        "max_proposals": 1000,
        "without_predictions": "zero",
    },
    other={Needs.SPANS: {}},
    corpus="video",
    chain=(
        "a predicted caption is a segment and the characters that its links name; the first 1,000 count",
        "IoU = shared time / (union + 1e-8), union = the smaller of the hull and the sum of both lengths",
        "an item is a pair of a prediction and a reference caption, of any file, whose IoU is at least tIoU",
        "tIoU is 0.3, 0.5, 0.7 and 0.9, one after the other",
        "a prediction without a pair is one item against 10 to 20 random letters",
        "the letters follow from the id of the video, the number of the prediction and the tIoU",
        "characters outside ASCII are replaced by a space",
        "the items of one video at one tIoU are one corpus: BLEU and METEOR over it, CIDEr's idf within it",
        "mean over tIoU, then over videos; a video without a prediction counts 0",
        "precision and recall: a span is found where an IoU is above the tIoU; each the best of the files",
    ),
    source=_SOURCE,
    aliases=("anet-dense/2019",),
    disagreements=(
        "The original draws its random letters anew at each run; CIDEr moves a little with them.",
        "The original averages over videos, then tIoU: the same, as every video has a value at each.",
        "Ports (V2Xum-LLM, VTimeLLM) skip videos without a prediction (without_predictions = left out).",
        "Earlier versions of the code take all videos as one corpus and a fixed text for the letters.",
        "A video of one item has CIDEr 0 by definition.",
        "A reference caption without a word (punctuation, no ASCII) is left out here; the original keeps it.",
    ),
    citation=_PAPER,
)


def _detection(name: str, chain: str) -> MetricSpec:
    return MetricSpec(
        id=f"dense-{name}",
        version="1",
        title=f"Event {name}",
        scale="percent",
        needs=Needs.SPANS,
        level="item",
        implementation=f"vsumbench_text_metrics.dense:{name}",
        # Papers print two digits after the point: half of the last printed digit.
        tolerance=0.005,
        chain=(f"{chain} than the tIoU", "best of the reference files", "one value a tIoU"),
        source=_SOURCE,
        disagreements=(
            "The first code of it divides by one prediction too few: precision is never below recall.",
        ),
        citation=_PAPER,
        note="Spans match where their IoU is above the tIoU, never at it.",
    )


DENSE_PRECISION = _detection("precision", "share of predicted spans that overlap a true one by more")
DENSE_RECALL = _detection("recall", "share of true spans that a predicted one overlaps by more")
