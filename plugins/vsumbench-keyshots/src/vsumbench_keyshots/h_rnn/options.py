"""The options of H-RNN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench_keyshots.shared.options import FrameOptions, require


@dataclass(frozen=True)
class HRnnOptions(FrameOptions):
    """Options of `h-rnn`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none.
        checkpoint: id of imported weights that hold one safetensors file with the names of this network.
            They are taken as they are, and nothing is trained. None are published.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient.
        epochs: passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        segments: what a subshot is: `length` steps, or a shot of the dataset.
        length: steps of a subshot; the last one of a video may be shorter.
        hidden: width of the states, of the second layer in each direction, and of the head.
        labels: what a subshot is to be as confident as: its mean gtscore, stretched to [0, 1] by video, or
            its share of key frames.
        clip_norm: longest gradient.
    """

    learning_rate: float = 1e-4
    epochs: int = 100
    segments: Literal["fixed", "shots"] = "fixed"
    length: int = 20
    hidden: int = 256
    labels: Literal["gtscore", "gtsummary"] = "gtscore"
    clip_norm: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("length", "hidden"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        require(self.clip_norm > 0, f"clip_norm is {self.clip_norm}, not above 0")
