"""DSN as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench.contracts import Citation, ModelSpec, Preset, Task, Variant
from vsumbench_keyshots.shared.inputs import EXTRAS, FRAME_FEATURES, ON_PLANTED, SHARED
from vsumbench_keyshots.shared.options import FrameOptions, require


@dataclass(frozen=True)
class DsnOptions(FrameOptions):
    """Options of `dsn`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published. Rewards look at the features themselves.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code.
            They are taken as they are, and nothing is trained. None are published.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient.
        epochs: passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        cell: what recurs.
        hidden: width of the state, in each direction.
        reward: what is rewarded: the mean of both, or one of them.
        far: steps beyond which two picks count as wholly different, whatever they show; 0 for no such rule.
        episodes: selections drawn for each step of training; their costs are summed.
        share: weight of the squared distance of the mean probability from one half.
        clip_norm: longest gradient.
    """

    learning_rate: float = 1e-5
    epochs: int = 60
    cell: Literal["lstm", "gru"] = "lstm"
    hidden: int = 256
    reward: Literal["both", "diversity", "representativeness"] = "both"
    far: int = 20
    episodes: int = 5
    share: float = 0.01
    clip_norm: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("hidden", "episodes"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        for name in ("far", "share"):
            require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")
        require(self.clip_norm > 0, f"clip_norm is {self.clip_norm}, not above 0")


DSN = ModelSpec(
    id="dsn",
    title="DSN (DR-DSN)",
    tasks=(Task.V2V,),
    implementation="vsumbench_keyshots.dsn.model:Dsn",
    inputs=FRAME_FEATURES,
    options=DsnOptions,
    variants=(
        Variant(id="lstm", title="an LSTM in two directions, both rewards"),
        Variant(id="gru", options={"cell": "gru"}, title="a GRU in its place"),
        Variant(id="diversity", options={"reward": "diversity"}, title="rewarded for diversity alone"),
        Variant(
            id="representativeness",
            options={"reward": "representativeness"},
            title="rewarded for representativeness alone",
        ),
        Variant(id="no-far-rule", options={"far": 0}, title="likeness counts at any distance in time"),
    ),
    presets=(
        Preset(
            id="tiny",
            options={"projection": 32, "hidden": 32, "learning_rate": 1e-2, "epochs": 12},
            condition=ON_PLANTED,
            note="The same network on 32 learned combinations of the features, with a narrow state, trained "
            "fast; its rate is its own.",
        ),
        Preset(id="paper", memory_gib=1.0, note="2,626,049 parameters; with a GRU 1,969,665."),
    ),
    trainable=True,
    source=SHARED,
    extras=EXTRAS,
    licence="Apache-2.0",
    citation=Citation(
        title="Deep Reinforcement Learning for Unsupervised Video Summarization with "
        "Diversity-Representativeness Reward",
        authors="Zhou, Qiao, Xiang",
        year=2018,
        venue="AAAI",
        url="https://github.com/KaiyangZhou/pytorch-vsumm-reinforce",
    ),
    note="Unsupervised: it learns without annotations. Written from a description of the official code "
    "(041606fe), scores and rewards equal to it. Published with the last epoch (--selection last-epoch). Its "
    "rate stays constant: the official code constructs a schedule and never uses it. The order of the videos "
    "is drawn from the seeds of the run, where the official one is unseeded. The supervised version of the "
    "paper is not in that code and not here. The variants of the reward are inferred from the paper.",
)
