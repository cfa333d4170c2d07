"""Semantic representations from multimodal language models: what the paper printed."""

from vsumbench.contracts import Citation, LeaderboardSpec

SPEC = LeaderboardSpec(
    id="mllm-semantic",
    title="Semantic representations via MLLMs",
    package="vsumbench_leaderboards.mllm_semantic",
    sort_key="4",
    citation=Citation(
        title="Learning Semantic Representations for Video Summarization via MLLMs",
        authors="Kim et al.",
    ),
)
