"""Specs of the default video-to-video protocols (protocols.md a.4 to a.6 and b).

Each is a choice of three things: what becomes of a prediction (`prediction`), which rows it meets
(`reference`, `users`) and at which rate (`grid`); `vsumbench.defaults.protocols` interprets them.
"""

from __future__ import annotations

from vsumbench.contracts import Needs, ProtocolSpec, Provides, Task

_CHAIN = "vsumbench.defaults.protocols:CHAIN"
_SUMMARIES = Provides(change_points=True, user_summaries=True)
_KEYSHOT_STEPS = (
    "hold each score until the next pick",
    "value of a shot = mean of its frame scores",
    "exact knapsack, 15 % of the frames, weights in frames, later shot left out on a tie",
)

HUMAN_PAIRWISE = ProtocolSpec(
    id="human-pairwise",
    version="1",
    title="Every annotator against every other",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "scores", "reference": "importance", "users": "each", "grid": "frames"},
    requires=Provides(importance=True),
    predicts="annotator",
    chain=(
        "one annotator's importance as stored, every native frame",
        "against each other annotator's importance as stored",
        "mean over ordered pairs, then videos, then folds",
    ),
    source="protocols.md a.6 (REVS). On SumMe the stored values are segment numbers, not importance.",
)

PERUSER_FULL = ProtocolSpec(
    id="peruser-full",
    version="1",
    title="Scores against each annotator, every frame",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "scores", "reference": "importance", "users": "each", "grid": "frames"},
    requires=Provides(importance=True),
    chain=(
        "hold each score until the next pick",
        "against each annotator's importance as stored, every native frame",
        "mean over annotators, then videos, then folds",
    ),
    source="protocols.md a.6 (REVS, SSPVS)",
)

PERUSER_2FPS = ProtocolSpec(
    id="peruser-2fps",
    version="1",
    title="Scores against each annotator, at the picks",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "scores", "reference": "importance", "users": "each", "grid": "picks"},
    requires=Provides(importance=True),
    chain=(
        "raw scores at the picks (every 15th frame)",
        "against each annotator's importance at the picks (its scale changes no rank)",
        "mean over annotators, then videos, then folds",
    ),
    source="protocols.md a.6 (CSTA, LLMVS; paper 003 on TVSum)",
    aliases=("tvsum-per-user",),
)

KEYSHOT_MEANUSER = ProtocolSpec(
    id="keyshot-meanuser",
    version="1",
    title="Keyshot summary against the mean of user summaries",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "keyshots", "reference": "user_summaries", "users": "mean", "grid": "frames"},
    requires=_SUMMARIES,
    chain=(
        *_KEYSHOT_STEPS,
        "the binary summary against the mean over annotators of their binary summaries, every native frame",
        "mean over videos, then folds",
    ),
    source="protocols.md a.6 (CSTA, LLMVS, MSVA; paper 003 on SumMe)",
    aliases=("summe-summary", "summary-vs-mean-summary"),
)

KEYSHOT_F1_AVG = ProtocolSpec(
    id="keyshot-f1-avg",
    version="1",
    title="Keyshot F1, mean over annotators",
    task=Task.V2V,
    yields=Needs.SELECTION,
    metrics=("f1",),
    implementation=_CHAIN,
    parameters={"prediction": "keyshots", "reference": "user_summaries", "users": "each", "grid": "frames"},
    requires=_SUMMARIES,
    annotators="mean",
    also=("max",),
    chain=(*_KEYSHOT_STEPS, "F1 with each user summary", "mean over annotators, then videos, then folds"),
    source="protocols.md a.5 (TVSum)",
    aliases=("f1-avg",),
)

KEYSHOT_F1_MAX = ProtocolSpec(
    id="keyshot-f1-max",
    version="1",
    title="Keyshot F1, best annotator",
    task=Task.V2V,
    yields=Needs.SELECTION,
    metrics=("f1",),
    implementation=_CHAIN,
    parameters={"prediction": "keyshots", "reference": "user_summaries", "users": "each", "grid": "frames"},
    requires=_SUMMARIES,
    annotators="max",
    also=("mean",),
    chain=(
        *_KEYSHOT_STEPS,
        "F1 with each user summary",
        "maximum over annotators, then mean over videos and folds",
    ),
    source="protocols.md a.5 (SumMe)",
    aliases=("f1-max",),
)

VIDEOXUM_TOP15 = ProtocolSpec(
    id="videoxum-top15",
    version="1",
    title="VideoXum F1 of the top 15 %",
    task=Task.V2V,
    yields=Needs.SELECTION,
    metrics=("f1",),
    implementation=_CHAIN,
    parameters={"prediction": "top-share", "reference": "user_summaries", "users": "each", "grid": "picks"},
    requires=Provides(user_summaries=True),
    annotators="mean",
    also=("max",),
    undefined="nan0",
    chain=(
        "k = int(0.15 T); steps whose score is at least the (k+1)-th largest",
        "F1 with each annotator's selection",
        "mean over annotators, then videos",
    ),
    source="protocols.md b (V2V F1 as intended)",
    aliases=("f1-top15",),
)

VIDEOXUM_MEANUSER = ProtocolSpec(
    id="videoxum-meanuser",
    version="1",
    title="VideoXum scores against the mean of annotators",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "scores", "reference": "user_summaries", "users": "mean", "grid": "picks"},
    requires=Provides(user_summaries=True),
    undefined="nan0",
    chain=(
        "raw scores at 1 fps",
        "against the mean over annotators of their selections",
        "mean over videos; undefined counts as 0",
    ),
    source="protocols.md b (V2V tau and rho; logits, not their sigmoid)",
    aliases=("corr-meanuser",),
)
