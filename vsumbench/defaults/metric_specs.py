"""Specs of the default metrics: rank correlation, F1, and highlight precision."""

from vsumbench.contracts import Citation, MetricSpec, Needs

_RETHINKING = Citation(
    title="Rethinking the Evaluation of Video Summaries", authors="Otani et al.", year=2019, venue="CVPR"
)
_UNDEFINED_RANKS = (
    "scipy gives NaN for a constant vector, and CSTA, MSVA, LLMVS and SSPVS let it make the whole fold NaN; "
    "VideoXum's code counts it as 0"
)

KENDALL = MetricSpec(
    id="kendall",
    version="1",
    title="Kendall tau-b",
    scale="correlation",
    needs=Needs.SCORES,
    level="item",
    implementation="vsumbench.defaults.metrics:kendall",
    tolerance=0.0005,
    chain=(
        (
            "tau-b = (C - D) / sqrt((P - Ta)(P - Tb)): concordant less discordant pairs, over the pairs not "
            "tied in each vector"
        ),
        "undefined for a constant prediction, a constant reference and fewer than two steps",
    ),
    source="protocols.md a.6",
    disagreements=(
        "all released code calls scipy's default, tau-b; with two binary vectors it equals rho",
        (
            "the V2Xum-LLM paper prints Spearman before Kendall, Kim et al. (MLLM) tau before rho; their "
            "PGL-SUM pair on TVSum, tau 0.206 above rho 0.157, is almost certainly swapped"
        ),
        _UNDEFINED_RANKS,
    ),
    citation=_RETHINKING,
)

SPEARMAN = MetricSpec(
    id="spearman",
    version="1",
    title="Spearman rho",
    scale="correlation",
    needs=Needs.SCORES,
    level="item",
    implementation="vsumbench.defaults.metrics:spearman",
    tolerance=0.0005,
    chain=(
        "correlation of the two vectors' ranks, tied values sharing their mean rank",
        "undefined for a constant prediction, a constant reference and fewer than two steps",
    ),
    source="protocols.md a.6",
    disagreements=(
        (
            "the V2Xum-LLM paper prints its VideoXum human row as Spearman 0.305 and Kendall 0.336: probably "
            "swapped, as rho is hardly ever below tau"
        ),
        _UNDEFINED_RANKS,
    ),
    citation=_RETHINKING,
)

F1 = MetricSpec(
    id="f1",
    version="1",
    title="F1",
    scale="percent",
    needs=Needs.SELECTION,
    level="item",
    implementation="vsumbench.defaults.metrics:f1",
    tolerance=0.05,
    chain=(
        "P = share of the prediction in the reference, R = share of the reference in the prediction",
        "F1 = 2PR / (P + R), times 100; 0 without overlap, undefined for an empty prediction or reference",
    ),
    source="protocols.md a.5 (as DSNet and A2Summ)",
    disagreements=(
        (
            "VASNet, VSUMM-RL, MSVA and SSPVS add 1e-8 to both denominators, and Mr. HiSum to each of their "
            "elements"
        ),
        "PGL-SUM gets NaN where a selection is empty",
        "DSNet, VASNet and their kin print 0 to 1, PGL-SUM and this project 0 to 100",
    ),
    note="Exact: no epsilon in the denominators.",
)

MRHISUM_PAPER = Citation(
    title="Mr. HiSum: A Large-scale Dataset for Video Highlight Detection and Summarization",
    authors="Sul, Han, Lee",
    year=2023,
    venue="NeurIPS",
)
_CLIPS = "means of clips of 5 steps, the last shorter, of prediction and reference"
_PRECISION = (
    "average precision of the softmax of the predicted means, equal ones coming in together, times 100; "
    "undefined for a constant reference"
)
_TIES = (
    "the released code leaves open which of equal clips is on top; here it is the earlier one, and a "
    "constant reference is undefined"
)

MAP50 = MetricSpec(
    id="map50",
    version="1",
    title="Highlight mAP, top half",
    scale="percent",
    needs=Needs.CURVE,
    level="item",
    implementation="vsumbench.defaults.metrics:map50",
    tolerance=0.05,
    chain=(_CLIPS, "true clips: the reference's floor(m / 2) highest of m", _PRECISION),
    source="protocols.md f",
    disagreements=(_TIES,),
    citation=MRHISUM_PAPER,
    note="Constant scores are defined and get the share of true clips, about 50.",
)

MAP15 = MetricSpec(
    id="map15",
    version="1",
    title="Highlight mAP, top 15 %",
    scale="percent",
    needs=Needs.CURVE,
    level="item",
    implementation="vsumbench.defaults.metrics:map15",
    tolerance=0.05,
    chain=(_CLIPS, "true clips: the reference's int(0.15 m) highest of m", _PRECISION),
    source="protocols.md f",
    disagreements=(
        (
            "with fewer than 7 clips no clip is true: the released code counts 0, here it is undefined and "
            "left out"
        ),
        _TIES,
    ),
    citation=MRHISUM_PAPER,
    note="Constant scores are defined and get the share of true clips, about 15.",
)
