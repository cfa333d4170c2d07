"""Specs of the video-to-video protocols of VideoXum and Mr. HiSum, a step a second (protocols.md b and f)."""

from __future__ import annotations

from vsumbench.contracts import Needs, ProtocolSpec, Provides, Task

from .metric_specs import MRHISUM_PAPER

_CHAIN = "vsumbench.defaults.protocols:CHAIN"

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
    disagreements=(
        (
            "the released evaluation thresholds by the score of one fixed frame (videoxum-released), and so, "
            "probably, do the published 21.7, 22.4 and 23.5; it selected 1 of 83 and 74 of 200 generated "
            "frames"
        ),
        (
            "k + 1 frames are selected, not k; equal scores at the threshold all are, so a constant "
            "prediction selects the whole video"
        ),
        (
            "a language model that names frames is scored by those it named, without the 15 %: look at its "
            "share of selected frames beside its F1"
        ),
    ),
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
    disagreements=(
        (
            "the released code correlates the float32 sigmoid of the scores, which is 1 for all beyond about "
            "17 and ties what the scores keep apart; results differ in such cases only"
        ),
        "it is the mean of annotators, not the mean over annotators as under peruser-2fps",
        (
            "the V2Xum-LLM paper prints Spearman before Kendall, and its human row, Spearman 0.305 and "
            "Kendall 0.336, is probably swapped"
        ),
    ),
)

VIDEOXUM_RELEASED = ProtocolSpec(
    id="videoxum-released",
    version="1",
    title="VideoXum as its released code scores it (reproduction only)",
    task=Task.V2V,
    yields=Needs.SELECTION,
    metrics=("f1", "kendall", "spearman"),
    implementation=_CHAIN,
    parameters={
        "prediction": "released-selection",
        "reference": "user_summaries",
        "users": "each",
        "grid": "picks",
    },
    other={Needs.SCORES: {"prediction": "released-saliency", "users": "mean"}},
    requires=Provides(user_summaries=True),
    annotators="mean",
    also=("max",),
    undefined="nan0",
    chain=(
        (
            "k = int(0.15 T); steps whose score is at least that of step T - 1 - k: the sort of the released "
            "code does nothing"
        ),
        "F1 with each annotator's selection; mean over annotators, then videos",
        "tau and rho: the float32 sigmoid of the scores against the mean over annotators of their selections",
    ),
    source="protocols.md b (V2V F1, released code)",
    disagreements=(
        (
            "videoxum-top15 is what was meant; how much is selected here is arbitrary, 1 of 83 and 74 of 200 "
            "generated frames"
        ),
        "whether the published 21.7, 22.4 and 23.5 come from this script cannot be proved; look at both",
    ),
    aliases=("f1-released",),
)

MRHISUM = ProtocolSpec(
    id="mrhisum",
    version="1",
    title="Mr. HiSum keyshot F1 and highlight precision",
    task=Task.V2V,
    yields=Needs.SELECTION,
    metrics=("f1", "map50", "map15"),
    implementation=_CHAIN,
    parameters={
        "prediction": "keyshots",
        "rule": "mrhisum",
        "reference": "user_summaries",
        "users": "each",
        "grid": "frames",
    },
    other={
        Needs.CURVE: {"prediction": "scores", "reference": "importance", "users": "mean", "grid": "picks"},
        Needs.SCORES: {"users": "mean"},
    },
    datasets=("mr-hisum",),
    requires=Provides(change_points=True, importance=True, user_summaries=True),
    chain=(
        "value of a shot = mean of its scores and of the next shot's first, as the released code slices",
        "exact knapsack, floor(0.15 n) of the n steps, later shot left out on a tie",
        "F1 with the one ground-truth summary",
        "mAP: raw scores against the most-replayed curve, both in clips of 5 steps (metrics map50, map15)",
        "mean over videos",
    ),
    source="protocols.md f",
    disagreements=(
        "the released code adds 1e-8 to each element of F1's denominators; here F1 is exact",
        (
            "it keeps the best checkpoint of each of three validation metrics and tests each, so the columns "
            "of a published row can come from three models"
        ),
        (
            "it computes tau and rho of summary and ground truth and does not print them; ask for kendall "
            "and spearman to see them"
        ),
        (
            "models are trained on the curve and end in a sigmoid there; raw scores of another range have "
            "other clip means, and another mAP"
        ),
    ),
    citation=MRHISUM_PAPER,
)
