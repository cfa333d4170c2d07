"""PGL-SUM as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant, Weights
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED
from vsumbench_keyshots.shared.options import FrameOptions, require, require_share

LOCAL_HEADS = 4


@dataclass(frozen=True)
class PglSumOptions(FrameOptions):
    """Options of `pgl-sum`.

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
        dropout: share dropped from attention weights and in the regressor.
        segments: equal parts of the video with attention of their own; 0 for global attention alone.
        heads: heads of the global attention; the local ones have 4 each.
        fusion: how the global and the local view become one.
        positions: the term added to the energies of attention, or none.
        batch: videos a step; `all` sums the gradients of the whole training set, without dividing them.
        clip_norm: longest gradient.
        loss_rule: what the selection rule `train-loss` takes: the epoch that the published rule finds on the
            curve of the training loss, or the one of the lowest loss.
    """

    epochs: int = 200
    dropout: float = 0.5
    segments: int = 4
    heads: int = 8
    fusion: Literal["add", "mult", "avg", "max"] = "add"
    positions: Literal["absolute", "none"] = "absolute"
    batch: Literal["all", "one"] = "all"
    clip_norm: float = 5.0
    loss_rule: Literal["published", "lowest"] = "published"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout")
        require(self.segments >= 0, f"segments is {self.segments}, expected 0 or more")
        require(self.heads >= 1, f"heads is {self.heads}, not above 0")
        require(self.clip_norm > 0, f"clip_norm is {self.clip_norm}, not above 0")


RELEASED = Weights(
    id="pgl-sum-released",
    title="PGL-SUM, a released checkpoint",
    licence="academic, non-commercial only",
    origin="https://github.com/e-apostolidis/PGL-SUM",
    files=("*.safetensors",),
    note="One checkpoint, converted from the pickle: torch.load(weights_only=True), then save_file.",
)

PGL_SUM = ModelSpec(
    id="pgl-sum",
    title="PGL-SUM",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.pgl_sum.model:PglSum",
    inputs=FRAME_FEATURES,
    options=PglSumOptions,
    variants=(
        Variant(id="global-local", title="global and local attention, added"),
        Variant(id="global-only", options={"segments": 0}, title="global attention alone"),
        Variant(id="no-positions", options={"positions": "none"}, title="without positional encoding"),
        Variant(id="fusion-mult", options={"fusion": "mult"}, title="both views multiplied"),
        Variant(id="fusion-avg", options={"fusion": "avg"}, title="both views averaged"),
        Variant(id="fusion-max", options={"fusion": "max"}, title="the greater of both views"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"projection": 64, "learning_rate": 3e-3, "epochs": 12, "batch": "one"},
            condition=ON_PLANTED,
            note="The same network on 64 learned combinations of the features, one video a step at a rate of "
            "its own.",
        ),
        Preset(id="paper", memory_gib=1.5, note="9.44 million parameters; 200 steps, one an epoch."),
        Preset(
            id="release",
            options={"checkpoint": RELEASED.id},
            weights=(RELEASED.id,),
            memory_gib=1.5,
            note="A checkpoint of the official code, not trained again.",
        ),
    ),
    trainable=True,
    weights=(RELEASED,),
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Combining Global and Local Attention with Positional Encoding for Video Summarization",
        authors="Apostolidis, Balaouras, Mezaris, Patras",
        year=2021,
        venue="IEEE ISM",
        url="https://github.com/e-apostolidis/PGL-SUM",
    ),
    note="Written from a description of the official code (81d0d6d0), forward passes equal to it. Its first "
    "table chooses an epoch by the curve of the training loss (--selection train-loss), its second one by "
    "the best test F1, one video a step (--selection best-test-epoch --set batch=one). Where no change of "
    "the loss reaches 1 %, the first rule takes the first epoch. Videos of 1 to 7, 9, 10 and 13 steps, at "
    "which the official code fails, are padded with their last step.",
)
