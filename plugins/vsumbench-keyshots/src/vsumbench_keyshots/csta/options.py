"""The options of CSTA: its whole configuration space (csta.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench_keyshots.shared.options import FrameOptions, require, require_share


@dataclass(frozen=True)
class CstaOptions(FrameOptions):
    """Options of `csta`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos. Keys and values bring any
            width to that of the trunk's channels.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code.
            They are taken as they are, and nothing is trained. None are published any more.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient.
        epochs: passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        trunk: the network that makes the map: `googlenet`, `efficientnet-b0`, `mobilenet-v2` or `resnet-18`.
        width: 1,024 for the published channels of the trunk, which are the width of keys and values too
            (1,024, 1,280, 1,280 and 512); below, a multiple of 64, every layer is narrower in proportion.
        pretrained: id of imported ImageNet weights for the trunk; empty for random ones.
        attention: softmax the logits and weight the values by them; without it the logits are squared.
        softmax: the axes of the attention maps: time and features (`TD`), either, or raw logits (`none`).
        scale: what the logits are divided by: the root of this size.
        balance: which map is rescaled so that both have the same mean: the temporal one (`T`), the spatial
            one (`D`), the greater one down (`BD`), the smaller one up (`BU`).
        positions: the positional term: a fixed table, a relative or a learned one, a convolution along time
            (over all columns, or a column at a time), or none.
        positions_at: where it is added: to the logits, or to the input after a linear map of it.
        cls: a learned row in front of the features.
        cls_mix: where that row is averaged away: at the end, in the CNN's map, or after the softmax.
        embeddings: linear keys and values, or the features themselves.
        skip: what is added to what: keys to the map (`KC`), logits to the result (`CF`), the input to the
            result (`IF`), nothing.
        dropout: share dropped from the attention maps.
        head_dropout: share dropped in the head.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 1e-7
    epochs: int = 100
    trunk: Literal["googlenet", "efficientnet-b0", "mobilenet-v2", "resnet-18"] = "googlenet"
    width: int = 1024
    pretrained: str = ""
    attention: bool = True
    softmax: Literal["TD", "T", "D", "none"] = "TD"
    scale: Literal["none", "D", "T", "TD"] = "none"
    balance: Literal["none", "T", "D", "BD", "BU"] = "none"
    positions: Literal["fixed", "relative", "learned", "conv", "conv-by-column", "none"] = "fixed"
    positions_at: Literal["logits", "input"] = "logits"
    cls: bool = True
    cls_mix: Literal["final", "cnn", "softmax"] = "final"
    embeddings: bool = True
    skip: Literal["KC", "CF", "IF", "none"] = "KC"
    dropout: float = 0.6
    head_dropout: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout", "head_dropout")
        require(
            64 <= self.width <= 1024 and self.width % 64 == 0,
            f"width is {self.width}, expected a multiple of 64 from 64 to 1024",
        )
