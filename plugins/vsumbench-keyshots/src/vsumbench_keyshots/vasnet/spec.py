"""VASNet as data."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant, Weights
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED
from vsumbench_keyshots.shared.options import FrameOptions, require, require_share


@dataclass(frozen=True)
class VasnetOptions(FrameOptions):
    """Options of `vasnet`.

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
        aperture: steps |i - j| from which attention is masked; 0 for attention over the whole video.
        ignore_itself: mask a step's attention to itself. A video of one step then attends to nothing.
    """

    dropout: float = 0.5
    aperture: int = 0
    ignore_itself: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout")
        require(self.aperture >= 0, f"aperture is {self.aperture}, expected 0 or more")


RELEASED = Weights(
    id="vasnet-released",
    title="VASNet, a released checkpoint",
    licence="MIT",
    origin="https://github.com/ok1zjf/VASNet",
    files=("*.safetensors",),
    note="One checkpoint, converted from the pickle: torch.load(weights_only=True), then save_file.",
)

VASNET = ModelSpec(
    id="vasnet",
    title="VASNet",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.vasnet.model:Vasnet",
    inputs=FRAME_FEATURES,
    options=VasnetOptions,
    variants=(
        Variant(id="global", title="attention over the whole video"),
        Variant(id="local", options={"aperture": 250}, title="attention masked from 250 steps on"),
        Variant(id="ignore-itself", options={"ignore_itself": True}, title="no attention to the step itself"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"projection": 48, "learning_rate": 2e-3, "epochs": 12},
            condition=ON_PLANTED,
            note="The same network on 48 learned combinations of the features, trained fast; its rate is its "
            "own.",
        ),
        Preset(id="paper", memory_gib=1.0, note="7.35 million parameters, of which 5.25 million are used."),
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
        title="Summarizing Videos with Attention",
        authors="Fajtl, Sokeh, Argyriou, Monekosso, Remagnino",
        year=2018,
        venue="ACCV workshops",
        url="https://github.com/ok1zjf/VASNet",
    ),
    note="Written from a description of the official code (c3787531), forward passes equal to it. Published "
    "numbers take the epoch with the best test F1 (--selection best-test-epoch). The width of the local mask "
    "is inferred: the official code has the switch and no value.",
)
