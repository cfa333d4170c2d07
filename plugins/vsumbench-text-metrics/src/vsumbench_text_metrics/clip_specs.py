"""Metrics and protocols that see frames and texts through CLIP, as data (protocols.md b and c)."""

from __future__ import annotations

from vsumbench.contracts import Citation, MetricSpec, Needs, ProtocolSpec, Provides, Task

_SCORE = "vsumbench_text_metrics.clip_metrics:score"
_PROTOCOLS = "vsumbench_text_metrics.clip_protocols"
_CHECKPOINT = "a CLIP checkpoint: its name on the Hugging Face Hub, or a folder"
_V2XUM = Citation(
    title="V2Xum-LLM: Cross-Modal Video Summarization with Temporal Prompt Instruction Tuning",
    authors="Hua, Tang, Xu, Luo",
    year=2025,
    venue="AAAI",
)
_VIDEOXUM = Citation(
    title="VideoXum: Cross-modal Visual and Textural Summarization of Videos",
    authors="Lin, Hua, Chen, Li, Hsiao, Ho, Luo",
    year=2023,
)
_SET_CHAIN = (
    "a vector for each sampled frame, scaled to length 1",
    "c_ij = max(cosine of reference vector i with predicted vector j, 0)",
    "R = mean over i of the best c_ij, P = mean over j of the best c_ij, F = 2PR / (P + R)",
)
_ROWS = "one value a reference annotator; with the option `union`, one for what any of them selected"
_NO_CODE = "The V2Xum-LLM paper gives equations but no code; the choices it leaves open are options here."

VT_CLIPSCORE = MetricSpec(
    id="vt-clipscore",
    version="1",
    title="VT-CLIPScore",
    scale="percent",
    needs=Needs.FRAMES_AND_TEXT,
    level="item",
    implementation=_SCORE,
    # A digit after the point is printed: half of it.
    tolerance=0.05,
    bounded=False,
    takes=_CHECKPOINT,
    argument="openai/clip-vit-base-patch16",
    encoder="clip",
    chain=(
        "the max(1, int(0.15 T)) frames of highest importance, the earlier one on a tie",
        "mean of their vectors as the encoder gives them, then scaled to length 1",
        "cosine with the vector of the predicted text, x100",
    ),
    source="VideoXum paper and its released code, videoxum 11bd4fe3 (protocols.md b)",
    disagreements=(
        (
            "The VideoXum paper uses private weights, a CLIP ViT-B/16 fine-tuned on videos with a context "
            "of 256 tokens; with the stock model and its 77 tokens this is another metric "
            "(`vt-clipscore/stock-clip-vit-base-patch16`), whose values compare with no published one."
        ),
        (
            "The released code adds 10,000 to float32 importance before sorting, which rounds it to about "
            "0.001 and leaves the order of what became equal to the sort; here the top is exact and ties "
            "keep their order."
        ),
        "No reference takes part, so a text that is true of the frames scores well whatever people wrote.",
    ),
    citation=_VIDEOXUM,
    note="Stock CLIP unless the brackets name other weights; a cosine may be below 0.",
    aliases=("vt-clipscore/stock-clip-vit-base-patch16",),
)

F_CLIP = MetricSpec(
    id="f-clip",
    version="1",
    title="F_CLIP",
    scale="fraction",
    needs=Needs.FRAMES_AND_TEXT,
    level="item",
    implementation=_SCORE,
    # Three digits are printed.
    tolerance=0.0005,
    takes=f"{_CHECKPOINT}; then, after a comma, `union`",
    argument="openai/clip-vit-large-patch14-336",
    encoder="clip",
    chain=(*_SET_CHAIN, _ROWS),
    source="V2Xum-LLM paper, equations 1 to 4 (protocols.md c)",
    disagreements=(
        (
            "F is near 0.9 for anything, because frames of one video are alike: the mean of ten random "
            "summaries of the same size stands beside it."
        ),
        _NO_CODE,
        "The paper prints 0.931 in one table and 95.5 in another; here it is a fraction everywhere.",
        "The paper's encoder is ViT-L/14 at 336 pixels; the demonstration in its repository loads ViT-L/14.",
    ),
    citation=_V2XUM,
    note="Read it beside `random`: what ten random summaries of the same size get on average.",
)

CROSS_F_CLIP = MetricSpec(
    id="cross-f-clip",
    version="1",
    title="Cross-F_CLIP",
    scale="fraction",
    needs=Needs.FRAMES_AND_TEXT,
    level="item",
    implementation=_SCORE,
    tolerance=0.0005,
    takes=f"{_CHECKPOINT}; then, after commas, `union` or `paragraph`",
    argument="openai/clip-vit-large-patch14-336",
    encoder="clip",
    chain=(
        *_SET_CHAIN,
        (
            "F of reference frames with predicted sentences, and of reference sentences with predicted "
            "frames; their mean"
        ),
        "one vector a sentence; with the option `paragraph`, the sentences joined by one space",
        _ROWS,
    ),
    source="V2Xum-LLM paper, equations 1 to 4 (protocols.md c)",
    disagreements=(
        "A level near 0.25 is the usual cosine of an image with a text that fits it.",
        _NO_CODE,
        (
            "Stock CLIP reads 77 tokens: what a longer text says after that counts for nothing. The number "
            "of texts cut stands beside the value."
        ),
    ),
    citation=_V2XUM,
    note="Random frames with the same texts stand beside it as `random`.",
)

CLIP_SELECTED = ProtocolSpec(
    id="clip-selected",
    version="1",
    title="Best frames with the predicted text",
    task=Task.V2VT,
    yields=Needs.FRAMES_AND_TEXT,
    metrics=("vt-clipscore",),
    implementation=f"{_PROTOCOLS}:SELECTED",
    chain=(
        "importance at the sampled steps",
        "predicted frames: the max(1, int(0.15 T)) steps of highest importance, the earlier one on a tie",
        "predicted text as one paragraph; no reference",
        "mean over videos",
    ),
    source="VideoXum paper and its released code, videoxum 11bd4fe3 (protocols.md b)",
    disagreements=(
        (
            "Where stored CLIP features and labels differ in length, the released code cuts both to the "
            "shorter; here that is an error that names both lengths."
        ),
    ),
    citation=_VIDEOXUM,
)

CLIP_SETS = ProtocolSpec(
    id="clip-sets",
    version="1",
    title="Frames and sentences as sets",
    task=Task.V2V,
    yields=Needs.FRAMES_AND_TEXT,
    metrics=("f-clip", "cross-f-clip"),
    implementation=f"{_PROTOCOLS}:SETS",
    requires=Provides(user_summaries=True),
    chain=(
        "reference frames: the sampled steps each annotator selected",
        (
            "predicted frames: the steps in the summary's own segments; else those of at least the "
            "(k+1)-th largest importance, k = int(0.15 T)"
        ),
        (
            "reference sentences as annotated; a text without them, and the predicted text, is divided "
            "after each . ! ? or … that white space follows, and at line breaks (`stop-and-space`)"
        ),
        "mean over annotators, then videos",
    ),
    source="V2Xum-LLM paper (protocols.md c)",
    disagreements=(
        (
            "How the paper chose reference frames from VideoXum's ten annotators is not said; each "
            "annotator in turn is the default, their union an option of the metrics."
        ),
        "A model that writes without full stops writes one sentence, which CLIP cuts after its context.",
        (
            "A summary of segments need not keep to 15 % of the video, so its share differs from that of a "
            "model with scores."
        ),
    ),
    citation=_V2XUM,
)
