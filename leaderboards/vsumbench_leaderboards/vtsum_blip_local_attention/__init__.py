"""VTSUM-BLIP with local attention: what the poster printed."""

from vsumbench.contracts import Citation, LeaderboardSpec

SPEC = LeaderboardSpec(
    id="vtsum-blip-local-attention",
    title="VTSUM-BLIP with local attention",
    package="vsumbench_leaderboards.vtsum_blip_local_attention",
    sort_key="2",
    citation=Citation(
        title="Vision LLM-based Cross-modal Summarization Framework for Long-range Videos",
        authors="Peng, Tao and Yu",
    ),
)
