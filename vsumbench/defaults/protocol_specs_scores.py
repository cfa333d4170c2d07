"""Specs of the protocols that rank raw scores against annotators of SumMe and TVSum (protocols.md a.6)."""

from __future__ import annotations

from vsumbench.contracts import Needs, ProtocolSpec, Provides, Task

_CHAIN = "vsumbench.defaults.protocols:CHAIN"

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
    disagreements=(
        (
            "TVSum: 0.177/0.204 (tau/rho) here, at 2 fps 0.1774/0.2042; one annotator against the mean of "
            "the other 19 gets 0.3139/0.3957 at 2 fps"
        ),
        (
            "SumMe: 0.2051/0.2126 on the stored segment numbers, whose size means nothing; 0.2115 (tau = "
            "rho) on what they say was selected; one annotator against the mean of the others' selections "
            "0.2958/0.3292"
        ),
        (
            "Kim et al. (MLLM) print the SumMe number on segment numbers, 0.205/0.213, above rows that "
            "follow keyshot-meanuser, where an annotator gets about 0.30/0.33"
        ),
    ),
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
    disagreements=(
        (
            "peruser-2fps compares every 15th frame of the same: TVSum annotators agree by 0.1774/0.2042 "
            "there and by 0.177/0.204 here"
        ),
        "SumMe's stored importance is segment numbers; REVS and SSPVS rank them as if they were ratings",
        "REVS and SSPVS let one constant annotator make the number NaN; here it is left out and counted",
    ),
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
    source="protocols.md a.6 (CSTA, LLMVS; the MLLM paper of Kim et al. on TVSum)",
    aliases=("tvsum-per-user",),
    disagreements=(
        (
            "the mean of all annotators, predicted exactly, gets 0.375/0.473 (tau/rho) on TVSum: the "
            "ceiling; one annotator against another gets 0.177/0.204"
        ),
        "one noisy TVSum prediction gets 0.148/0.195 here and 0.267/0.386 under gtscore-2fps",
        (
            "CSTA and LLMVS follow this on TVSum alone and keyshot-meanuser on SumMe; Kim et al. (MLLM) copy "
            "their VASNet and MSVA rows from papers of other protocols"
        ),
        (
            "in CSTA, LLMVS, MSVA and SSPVS one NaN makes a whole fold NaN; LLMVS ranks half-precision "
            "scores, which tie more often"
        ),
    ),
)

PERUSER_BINARY_2FPS = ProtocolSpec(
    id="peruser-binary-2fps",
    version="1",
    title="Scores against each annotator's selection, at the picks",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "scores", "reference": "selections", "users": "each", "grid": "picks"},
    # User summaries or segment numbers: either will do, and an edition with neither is refused by the chain.
    requires=Provides(),
    chain=(
        "raw scores at the picks (every 15th frame); of an annotator, what that one selected",
        "against each annotator's binary summary at the picks",
        "mean over annotators, then videos, then folds",
    ),
    source="protocols.md a.6 (CTVSUM on SumMe)",
    disagreements=(
        (
            "scores without ties reach at most about tau = sqrt(2 p (1 - p)) against a selection of the "
            "share p: 0.505 for 15 %"
        ),
        (
            "peruser-full and peruser-2fps compare with the stored importance, which is segment numbers on "
            "SumMe: annotators agree by 0.2051/0.2126 on those and by 0.2115 on selections, at full rate"
        ),
        (
            "CSTA, LLMVS and MSVA compare a binary summary with the mean of annotators on SumMe "
            "(keyshot-meanuser)"
        ),
    ),
)

GTSCORE_2FPS = ProtocolSpec(
    id="gtscore-2fps",
    version="1",
    title="Scores against the mean of annotators, at the picks",
    task=Task.V2V,
    yields=Needs.SCORES,
    metrics=("kendall", "spearman"),
    implementation=_CHAIN,
    parameters={"prediction": "scores", "reference": "gtscore", "users": "mean", "grid": "picks"},
    # Importance or user summaries: either will do, and an edition with neither is refused by the chain.
    requires=Provides(),
    chain=(
        "raw scores at the picks (every 15th frame)",
        (
            "each annotator's importance over that annotator's maximum; 1 for selected and 0 for other "
            "frames where only selections or segment numbers are known"
        ),
        "against the mean over annotators at the picks",
        "mean over videos, then folds",
    ),
    source="protocols.md a.6 (private scripts; inferred for table 3 of the V2Xum-LLM paper)",
    disagreements=(
        "one noisy TVSum prediction gets 0.267/0.386 (tau/rho) here and 0.148/0.195 under peruser-2fps",
        (
            "one TVSum annotator against the mean of the other 19 gets 0.3110/0.3951 here, 0.3139/0.3957 "
            "where ratings are averaged as they stand, and 0.1774/0.2042 against one other"
        ),
        (
            "means are added in float64, annotator after annotator, and rounding keeps apart some that are "
            "equal as fractions: exact means moved tau by up to 0.005 on generated ratings"
        ),
        (
            "the V2Xum-LLM paper states no protocol for its table 3; its SumMe pair 0.268/0.365 has the "
            "ratio 1.36, which fits this one and not keyshot-meanuser, where it is near 1.1: inferred"
        ),
        (
            "the V2Xum-LLM paper and Kim et al. (MLLM) print different numbers for the same methods: A2Summ "
            "on TVSum 0.150/0.178 and 0.137/0.198, iPTNet 0.148/0.174 and 0.197/0.230"
        ),
    ),
)
