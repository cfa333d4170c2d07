"""The text protocols as data: how references are built from annotations."""

from __future__ import annotations

from vsumbench.contracts import Needs, ProtocolSpec, Provides, Task

_METRICS = (
    "bleu4",
    "meteor",
    "rougeL-coco",
    "cider",
    "rouge1",
    "rouge2",
    "rougeL",
    "sacrebleu",
    "nist",
)

PARAGRAPH = ProtocolSpec(
    id="paragraph",
    version="1",
    title="Paragraph, VideoXum construction",
    task=Task.V2T,
    yields=Needs.TEXT,
    metrics=_METRICS,
    implementation="vsumbench_text_metrics.protocols:PARAGRAPH",
    requires=Provides(text_references=True),
    predicts="text",
    chain=(
        "reference sentences joined with the empty string, as the annotation file has them",
        "lower-case",
        'each of . ! " ( ) * # : ; ~ replaced by a space',
        "runs of two or more white spaces collapsed to one space, ends stripped",
        "cut to max_words words where that is not 0",
        "prediction: NFC, line breaks replaced by a space, otherwise as written",
    ),
    parameters={"max_words": 0},
    source="Released VideoXum code (videoxum 11bd4fe3)",
    disagreements=(
        "paragraph-joined keeps case and punctuation and joins sentences by a space: other numbers",
        "with nothing between sentences, a missing space fuses two words where no full stop stands",
        "a predicted text is not cleaned as references are, which sacrebleu sees: it keeps case",
    ),
)

PARAGRAPH_JOINED = ProtocolSpec(
    id="paragraph-joined",
    version="1",
    title="Paragraph, sentences joined by a space",
    task=Task.V2T,
    yields=Needs.TEXT,
    metrics=_METRICS,
    implementation="vsumbench_text_metrics.protocols:PARAGRAPH_JOINED",
    requires=Provides(text_references=True),
    predicts="text",
    chain=(
        "reference sentences stripped and joined by one space; the text itself where there are no sentences",
        "NFC, runs of white space collapsed to one space; case and punctuation stay",
        "prediction: NFC, line breaks replaced by a space, otherwise as written",
    ),
    source="Agreement of ActivityNet Captions val_1 with val_2, as measured on the real annotations",
    disagreements=(
        "paragraph, as VideoXum's released code, lower-cases references and cleans them: other numbers",
    ),
)
