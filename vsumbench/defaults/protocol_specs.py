"""Specs of the default video-to-video protocols (protocols.md a.4 to a.6, b and f).

Each is a choice of three things: what becomes of a prediction (`prediction`), which rows it meets
(`reference`, `users`) and at which rate (`grid`); `vsumbench.defaults.protocols` interprets them.
Here are those of keyshot summaries of SumMe and TVSum; those of raw scores and of datasets with a step a
second stand beside this module, and are offered here too.
"""

from __future__ import annotations

from vsumbench.contracts import Needs, ProtocolSpec, Provides, Task

from .protocol_specs_1fps import MRHISUM, VIDEOXUM_MEANUSER, VIDEOXUM_RELEASED, VIDEOXUM_TOP15
from .protocol_specs_scores import (
    GTSCORE_2FPS,
    HUMAN_PAIRWISE,
    PERUSER_2FPS,
    PERUSER_BINARY_2FPS,
    PERUSER_FULL,
)

__all__ = [
    "GTSCORE_2FPS",
    "HUMAN_PAIRWISE",
    "KEYSHOT_F1_AVG",
    "KEYSHOT_F1_MAX",
    "KEYSHOT_MEANUSER",
    "MRHISUM",
    "PERUSER_2FPS",
    "PERUSER_BINARY_2FPS",
    "PERUSER_FULL",
    "VIDEOXUM_MEANUSER",
    "VIDEOXUM_RELEASED",
    "VIDEOXUM_TOP15",
]

_CHAIN = "vsumbench.defaults.protocols:CHAIN"
_SUMMARIES = Provides(change_points=True, user_summaries=True)
_KNAPSACKS = (
    (
        "VASNet, MSVA and SSPVS give the knapsack whole thousandths of the shot values, so scores below "
        "0.001 all become 0; VSUMM-RL computes in float32: either can choose other shots"
    ),
    "A2Summ rounds the 15 % to the nearest frame, CSTA and PGL-SUM take it of the last shot's end",
)
_F1_ELSEWHERE = (
    (
        "VASNet, VSUMM-RL, MSVA and SSPVS add 1e-8 to both denominators, PGL-SUM gets NaN for an empty "
        "selection; DSNet and A2Summ are exact, as here"
    ),
)
_KEYSHOT_STEPS = (
    "hold each score until the next pick",
    "value of a shot = mean of its frame scores",
    "exact knapsack, 15 % of the frames, weights in frames, later shot left out on a tie",
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
    source="protocols.md a.6 (CSTA, LLMVS, MSVA; the MLLM paper of Kim et al. on SumMe)",
    aliases=("summe-summary", "summary-vs-mean-summary"),
    disagreements=(
        (
            "an annotator's own selection against the mean of the others gets 0.2958/0.3292 (tau/rho) on "
            "SumMe; the 15 % of frames most annotators selected, without shots, 0.571/0.639"
        ),
        (
            "the SumMe human row of Kim et al. (MLLM), 0.205/0.213, is human-pairwise on segment numbers "
            "and no row of this protocol"
        ),
        (
            "MSVA follows it on TVSum too, where CSTA and LLMVS follow peruser-2fps; Mr. HiSum's code "
            "computes it and does not print it"
        ),
        "an empty or complete summary makes the fold NaN in CSTA, MSVA and LLMVS",
        *_KNAPSACKS,
    ),
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
    disagreements=(
        (
            "SumMe is scored by the best annotator (keyshot-f1-max): its annotators agree with each other by "
            "31.07 on average and 54.33 with the nearest other"
        ),
        *_F1_ELSEWHERE,
        *_KNAPSACKS,
    ),
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
    disagreements=(
        (
            "SumMe annotators get 54.33 by the nearest other and 31.07 on average; the 15 % of frames most "
            "annotators selected, without shots, 73.4"
        ),
        *_F1_ELSEWHERE,
        *_KNAPSACKS,
    ),
)
