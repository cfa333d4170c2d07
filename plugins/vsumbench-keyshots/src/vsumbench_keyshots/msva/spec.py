"""MSVA as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench.contracts import Citation, FeatureSpec, Inputs, ModelSpec, Preset, Task, Variant, Weights
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, POOL5, POOL5_WIDTH, SHARED
from vsumbench_keyshots.shared.options import FrameOptions, require, require_share

MOTION = ("i3d-rgb", "i3d-flow")
"""Names of the motion features, as wide as those of objects (1,024 as published), one row a pick."""
_SOURCE = ("vsumbench_keyshots.vasnet",)
"""Whose attention this is."""


@dataclass(frozen=True)
class MsvaOptions(FrameOptions):
    """Options of `msva`.

    Attributes:
        feature: name of the object feature; empty for `googlenet-pool5` where the videos have it, else the
            first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code;
            set by the preset `release`. They are taken as they are, and nothing is trained.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient.
        epochs: most passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        patience: epochs without a better score before training stops, under selection rules that look at
            samples.
        streams: what goes in: features of objects alone, those of motion alone (I3D of RGB and of optical
            flow), or all three.
        hidden: width of the first two layers of the regressor.
        hidden_last: width of its third.
        dropout: share dropped from attention weights and in the regressor.
        aperture: steps |i - j| from which attention is masked; 0 for attention over the whole video.
    """

    patience: int = 50
    streams: Literal["objects", "motion", "all"] = "objects"
    hidden: int = 365
    hidden_last: int = 512
    dropout: float = 0.5
    aperture: int = 250

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout")
        for name in ("patience", "hidden"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        require(self.hidden_last >= 2, f"hidden_last is {self.hidden_last}, not above 1")
        require(self.aperture >= 0, f"aperture is {self.aperture}, expected 0 or more")


RELEASED = Weights(
    id="msva-released",
    title="MSVA, a released checkpoint",
    licence="MIT",
    origin="https://github.com/TIBHannover/MSVA",
    files=("*.safetensors",),
    note="One checkpoint, converted from the pickle: torch.load(weights_only=True), then save_file.",
)

MSVA = ModelSpec(
    id="msva",
    title="MSVA",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.msva.model:Msva",
    inputs=(
        Inputs(
            features=tuple(FeatureSpec(name=name, shape=(POOL5_WIDTH,)) for name in (POOL5, *MOTION)),
        ),
        *FRAME_FEATURES,
    ),
    options=MsvaOptions,
    variants=(
        Variant(id="objects", options={"streams": "objects"}, title="one stream: objects, without motion"),
        Variant(
            id="all", options={"streams": "all"}, title="three streams, as published: needs I3D features"
        ),
        Variant(id="motion", options={"streams": "motion"}, title="two streams: motion alone"),
        Variant(id="global", options={"aperture": 0}, title="one stream, attention over the whole video"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={
                "projection": 48,
                "hidden": 32,
                "hidden_last": 48,
                "learning_rate": 2e-3,
                "epochs": 12,
            },
            condition=ON_PLANTED,
            note="The same network on 48 learned combinations of the features, trained fast; its rate is its "
            "own.",
        ),
        Preset(id="paper", memory_gib=1.0, note="4,895,046 parameters, of which 4,892,996 are used."),
        Preset(
            id="release",
            options={"checkpoint": RELEASED.id, "streams": "all"},
            weights=(RELEASED.id,),
            memory_gib=1.0,
            note="A checkpoint of the official code, not trained again.",
        ),
    ),
    trainable=True,
    weights=(RELEASED,),
    source=(*SHARED, *_SOURCE),
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Supervised Video Summarization via Multiple Feature Sets with Parallel Attention",
        authors="Ghauri, Hakimov, Ewerth",
        year=2021,
        venue="IEEE ICME",
        url="https://github.com/TIBHannover/MSVA",
    ),
    note="Written from a description of the official code (dad26a69), forward passes equal to it. Published "
    "with three streams (msva@all); without I3D features the default is one stream, and says so. Streams "
    "have one row a pick here, so the official resizing of streams to the shortest has no part. Published "
    "numbers take the epoch with the best test F1 (--selection best-test-epoch), and their rank coefficients "
    "compare binary summaries with the mean user summary. Which streams the ablation rows take is inferred.",
)
