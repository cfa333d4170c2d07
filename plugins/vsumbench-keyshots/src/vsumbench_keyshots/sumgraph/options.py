"""The options of SumGraph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench_keyshots.shared.options import FrameOptions, require


@dataclass(frozen=True)
class SumGraphOptions(FrameOptions):
    """Options of `sumgraph`.

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
        width: of a node.
        rounds: how often the graph is refined; all rounds have the same weights.
        residual: what the nodes of a round are added to: the outcome of both convolutions (`round`), or of
            the first alone (`first`), where five rounds leave all steps of a video nearly the same node.
        supervised: learn from key frames; without, from the video alone, with the other three terms.
        sparsity: weight of the distance between the mean probability and `share`.
        share: the share of steps that are to be key frames.
        diversity: weight of the likeness of probable key frames.
        reconstruction: weight of the error of the features as told from the nodes.
        clip_norm: longest gradient.
    """

    learning_rate: float = 1e-4
    epochs: int = 50
    width: int = 256
    rounds: int = 5
    residual: Literal["round", "first"] = "round"
    supervised: bool = True
    sparsity: float = 1.0
    share: float = 0.15
    diversity: float = 1.0
    reconstruction: float = 1.0
    clip_norm: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("width", "rounds"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        for name in ("sparsity", "diversity", "reconstruction"):
            require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")
        require(0 < self.share < 1, f"share is {self.share}, expected a share between 0 and 1")
        require(self.clip_norm > 0, f"clip_norm is {self.clip_norm}, not above 0")
