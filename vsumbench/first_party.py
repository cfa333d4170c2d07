"""Which of our own distributions provides a name: the hint for a name that is known to us but not installed.

A test holds this table to the canonical names and to the distributions under `plugins/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .entrypoints import Kind


@dataclass(frozen=True)
class FirstParty:
    """A distribution of this project: whether it can be installed, and the names it provides by kind."""

    released: bool
    names: Mapping[Kind, tuple[str, ...]]


def _party(*, released: bool, **names: str) -> FirstParty:
    """A table row; the names of a kind stand in one text, separated by spaces."""
    return FirstParty(released, {Kind(kind): tuple(text.split()) for kind, text in names.items()})


FIRST_PARTY: dict[str, FirstParty] = {
    "vsumbench": _party(
        released=True,
        model="random uniform constant-caption mean-position human oracle clustering",
        dataset="toy",
        metric="f1 kendall spearman map50 map15",
        protocol="keyshot-f1-max keyshot-f1-avg keyshot-meanuser peruser-2fps peruser-full human-pairwise "
        "gtscore-2fps peruser-binary-2fps videoxum-top15 videoxum-meanuser videoxum-released mrhisum",
    ),
    "vsumbench-datasets": _party(
        released=True,
        dataset="videoxum activitynet-captions activitynet instruct-v2xum tvsum summe mr-hisum folder "
        "ovp youtube-39",
        encoder="clip blip",
        extractor="color-motion googlenet-pool5 resnet50 mobilenet-v2 clip blip i3d vggish",
    ),
    "vsumbench-text-metrics": _party(
        released=True,
        metric="bleu1 bleu2 bleu3 bleu4 meteor meteor-1.5 meteor-nltk rougeL-coco cider rouge1 rouge2 rougeL "
        "sacrebleu nist bertscore vt-clipscore f-clip cross-f-clip dense-precision dense-recall",
        protocol="paragraph paragraph-joined dense-2019 clip-selected clip-sets",
    ),
    "vsumbench-leaderboards": _party(
        released=True,
        leaderboard="milora-visum vtsum-blip-local-attention v2xum-llm mllm-semantic",
    ),
    "vsumbench-keyshots": _party(
        released=True,
        model="vasnet dsnet-ab dsnet-af dmasum pgl-sum msva csta dpplstm vslstm dsn sumgraph standard-ranker "
        "h-rnn vidsummarize",
    ),
    "vsumbench-multimodal": _party(
        released=False, model="clip-it iv-sum tldw iptnet a2summ sspvs lfvs argaw llmvs"
    ),
    "vsumbench-mllm": _party(released=False, model="mllm-csta"),
    "vsumbench-vtsum-blip": _party(released=True, model="vtsum-blip frozen-blip"),
    "vsumbench-v2xum": _party(
        released=False,
        model="v2xum-llama vid2seq dense dvc-d-a bilstm-tempoattn masked-transformer support-set",
    ),
    "vsumbench-milora": _party(
        released=True,
        model="milora milora-visum video-llama videollm-online llm-captions "
        "gpt4-multimodal alam frames-to-text",
        encoder="video-llama-tower",
        extractor="video-llama-tower video-llama-vit",
    ),
}
"""Distribution → what it provides. Metric names stand without their bracketed argument."""

MEASURED = ("training-hours", "latency-ms", "trainable-share")
"""Columns every run measures by itself; they are no metric plugins."""


def first_party_names(kind: Kind) -> dict[str, str]:
    """Every first-party name of a kind → its distribution."""
    return {name: dist for dist, party in FIRST_PARTY.items() for name in party.names.get(kind, ())}


def hint(distribution: str, installed: Mapping[str, str]) -> str:
    """What to do about a name of `distribution` that is not there. `installed`: distribution → version."""
    if distribution in installed:
        return (
            f"Planned for {distribution}; the installed version {installed[distribution]} does not have it."
        )
    if FIRST_PARTY[distribution].released:
        return f"It is provided by {distribution}; install it with `pip install {distribution}`."
    return f"It is planned for {distribution}, which is not released yet."
