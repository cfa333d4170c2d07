"""The anchor-based detector as data."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant, Weights
from vsumbench_keyshots.shared.inputs import EXTRAS, ON_PLANTED, SHARED
from vsumbench_keyshots.shared.options import require

from .options import INPUTS, DsnetOptions


@dataclass(frozen=True)
class DsnetAbOptions(DsnetOptions):
    """Options of `dsnet-ab`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code;
            set by the preset `release`. They are taken as they are, and nothing is trained.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient.
        epochs: passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        base: what relates steps to each other. The LSTMs see each step by itself, as published.
        heads: heads of the attention.
        hidden: width of the layer before the heads of detection.
        dropout: share dropped from attention weights, from its output, and from that layer.
        nms: IoU with a better interval from which one is suppressed.
        location_weight: factor of the loss of offsets.
        scales: widths of anchors, in steps.
        negatives: drawn anchors that touch no target, for each positive one.
        incompletes: drawn anchors whose IoU with a target is above 0 and at most 0.3, for each positive one.
    """

    scales: tuple[int, ...] = (4, 8, 16, 32)
    negatives: float = 2.0
    incompletes: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            bool(self.scales) and min(self.scales, default=0) >= 1,
            f"scales is {list(self.scales)}, expected widths above 0",
        )
        for name in ("negatives", "incompletes"):
            require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")


RELEASED = Weights(
    id="dsnet-ab-released",
    title="DSNet, anchor-based, a released checkpoint",
    licence="MIT",
    origin="https://github.com/li-plus/DSNet",
    files=("*.safetensors",),
    note="One checkpoint, converted from the pickle: torch.load(weights_only=True), then save_file.",
)

DSNET_AB = ModelSpec(
    id="dsnet-ab",
    title="DSNet, anchor-based",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.dsnet.model_ab:DsnetAb",
    inputs=INPUTS,
    options=DsnetAbOptions,
    variants=(
        Variant(id="attention", title="multi-head attention as the base"),
        Variant(id="lstm", options={"base": "lstm"}, title="an LSTM as the base, one step at a time"),
        Variant(id="bilstm", options={"base": "bilstm"}, title="the same in two directions"),
        Variant(id="linear", options={"base": "linear"}, title="a linear map as the base"),
        Variant(id="gcn", options={"base": "gcn"}, title="a graph convolution as the base"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"projection": 48, "hidden": 32, "learning_rate": 2e-3, "epochs": 30},
            condition=ON_PLANTED,
            note="The same network on 48 learned combinations of the features, trained fast; its rate is its "
            "own.",
        ),
        Preset(id="paper", memory_gib=1.0, note="4,328,195 parameters."),
        Preset(
            id="release",
            options={"checkpoint": RELEASED.id},
            weights=(RELEASED.id,),
            memory_gib=1.0,
            note="A checkpoint of the official code, not trained again.",
        ),
    ),
    trainable=True,
    weights=(RELEASED,),
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="DSNet: A Flexible Detect-to-Summarize Network for Video Summarization",
        authors="Zhu, Lu, Li, Zhou",
        year=2021,
        venue="IEEE TIP",
        url="https://github.com/li-plus/DSNet",
    ),
    note="Written from a description of the official code (1804176e), forward passes, suppression, labels "
    "and losses equal to it. Published numbers take the epoch with the best test F1 (--selection "
    "best-test-epoch). Scores are those of the intervals that cover a step, so many tie and many are 0. "
    "Rank coefficients of them are inferred: the official code computes none. A video whose summary gives no "
    "positive anchor is skipped; without negative anchors their term is left out. Details of the graph of "
    "dsnet-ab@gcn are inferred.",
)
