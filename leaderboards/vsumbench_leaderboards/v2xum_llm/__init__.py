"""V2Xum-LLM and Instruct-V2Xum: what the paper printed."""

from vsumbench.contracts import Citation, LeaderboardSpec

SPEC = LeaderboardSpec(
    id="v2xum-llm",
    title="V2Xum-LLM",
    package="vsumbench_leaderboards.v2xum_llm",
    sort_key="3",
    citation=Citation(
        title="V2Xum-LLM: Cross-Modal Video Summarization with Temporal Prompt Instruction Tuning",
        authors="Hua et al.",
        year=2025,
        venue="AAAI",
        url="https://hanghuacs.github.io/v2xum/",
    ),
)
