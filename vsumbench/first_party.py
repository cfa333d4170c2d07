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


FIRST_PARTY: dict[str, FirstParty] = {
    "vsumbench": FirstParty(
        released=True,
        names={
            Kind.MODEL: ("random", "uniform", "human", "oracle"),
            Kind.DATASET: ("toy",),
            Kind.METRIC: ("f1", "kendall", "spearman"),
            Kind.PROTOCOL: (
                *("keyshot-f1-max", "keyshot-f1-avg", "keyshot-meanuser", "peruser-2fps", "peruser-full"),
                *("human-pairwise", "videoxum-top15", "videoxum-meanuser", "paragraph", "paragraph-joined"),
            ),
        },
    ),
    "vsumbench-datasets": FirstParty(
        released=True,
        names={
            Kind.DATASET: (
                *("videoxum", "activitynet-captions", "activitynet", "instruct-v2xum", "tvsum", "summe"),
                *("mr-hisum", "folder", "ovp", "youtube-39"),
            ),
            Kind.PROTOCOL: (
                *("peruser-binary-2fps", "gtscore-2fps", "videoxum-released", "mrhisum", "dense-2019"),
            ),
            Kind.METRIC: ("map50", "map15"),
        },
    ),
    "vsumbench-text-metrics": FirstParty(
        released=True,
        names={
            Kind.METRIC: (
                *("bleu1", "bleu2", "bleu3", "bleu4", "meteor", "meteor-nltk", "rougeL-coco", "cider"),
                *("rouge1", "rouge2", "rougeL", "sacrebleu", "nist", "bertscore"),
                *("vt-clipscore", "f-clip", "cross-f-clip"),
            ),
            Kind.PROTOCOL: ("clip-selected", "clip-sets"),
        },
    ),
    "vsumbench-leaderboards": FirstParty(released=True, names={}),
    "vsumbench-keyshots": FirstParty(
        released=False,
        names={
            Kind.MODEL: (
                *("vasnet", "dsnet-ab", "dsnet-af", "dmasum", "pgl-sum", "msva", "csta", "dpplstm", "vslstm"),
                *("dsn", "sumgraph", "standard-ranker", "h-rnn", "vidsummarize", "clustering"),
            ),
        },
    ),
    "vsumbench-multimodal": FirstParty(
        released=False,
        names={
            Kind.MODEL: (
                *("clip-it", "iv-sum", "tldw", "iptnet", "a2summ", "sspvs", "lfvs", "argaw", "llmvs"),
            ),
        },
    ),
    "vsumbench-mllm": FirstParty(released=False, names={Kind.MODEL: ("mllm-csta",)}),
    "vsumbench-vtsum-blip": FirstParty(released=False, names={Kind.MODEL: ("vtsum-blip", "frozen-blip")}),
    "vsumbench-v2xum": FirstParty(
        released=False,
        names={
            Kind.MODEL: (
                *("v2xum-llama", "vid2seq", "dense", "dvc-d-a", "bilstm-tempoattn", "masked-transformer"),
                "support-set",
            ),
        },
    ),
    "vsumbench-milora": FirstParty(
        released=False,
        names={
            Kind.MODEL: (
                *("milora", "milora-visum", "video-llama", "videollm-online"),
                *("llm-captions", "gpt4-multimodal", "alam", "frames-to-text"),
            ),
        },
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
        return f"Planned for {distribution}; the installed version {installed[distribution]} does not have it."
    if FIRST_PARTY[distribution].released:
        return f"It is provided by {distribution}; install it with `pip install {distribution}`."
    return f"It is planned for {distribution}, which is not released yet."
