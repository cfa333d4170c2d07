"""Standard ranker as data."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench.contracts import Citation, ModelSpec, Preset, Task
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED
from vsumbench_keyshots.shared.options import FrameOptions, require


@dataclass(frozen=True)
class StandardRankerOptions(FrameOptions):
    """Options of `standard-ranker`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code.
            They are taken as they are, and nothing is trained. None are published.
        learning_rate: rate of Adam, constant; its betas are 0.5 and 0.999.
        weight_decay: L2 in its gradient.
        epochs: passes over all pairs.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        pairs: pairs drawn from each training video, once.
        batch_size: pairs a step; the last step of an epoch takes what is left.
    """

    learning_rate: float = 2e-4
    weight_decay: float = 0.0
    epochs: int = 1
    pairs: int = 2000
    batch_size: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("pairs", "batch_size"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")


STANDARD_RANKER = ModelSpec(
    id="standard-ranker",
    title="Standard ranker",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.standard_ranker.model:StandardRanker",
    inputs=FRAME_FEATURES,
    options=StandardRankerOptions,
    presets=(
        Preset(
            id="tiny",
            options={"learning_rate": 1e-2},
            condition=ON_PLANTED,
            note="The published network, whose 1,025 parameters are few already, with a rate of its own: "
            "planted training sets have the published number of steps.",
        ),
        Preset(id="paper", memory_gib=0.5, note="1,025 parameters; one epoch of 2,000 pairs a video."),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Multiple Pairwise Ranking Networks for Personalized Video Summarization",
        authors="Saquil, Chen, He, Li, Yang",
        year=2021,
        venue="ICCV",
        url="https://github.com/saquil/Multi-ranker",
    ),
    note="Written from a description of the official code (776edd72), which has no licence; scores equal to "
    "it. Published without selection (--selection last-epoch). Pairs are drawn from the seeds of the run, "
    "where the official ones are drawn unseeded and stored. The last, smaller batch is used and not skipped.",
)
