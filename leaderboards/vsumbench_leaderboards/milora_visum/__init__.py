"""MiLoRA-ViSum: what the paper printed."""

from vsumbench.contracts import Citation, LeaderboardSpec

SPEC = LeaderboardSpec(
    id="milora-visum",
    title="MiLoRA-ViSum",
    package="vsumbench_leaderboards.milora_visum",
    sort_key="1",
    citation=Citation(
        title="A Novel Trustworthy Video Summarization Algorithm Through a Mixture of LoRA Experts",
        authors="Du et al.",
    ),
)
