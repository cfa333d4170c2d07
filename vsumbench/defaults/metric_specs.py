"""Specs of the default metrics: rank correlation and F1."""

from vsumbench.contracts import Citation, MetricSpec, Needs

_RETHINKING = Citation(
    title="Rethinking the Evaluation of Video Summaries", authors="Otani et al.", year=2019, venue="CVPR"
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
    note="Exact, without epsilon; no overlap is 0 (protocols.md a.5).",
)
