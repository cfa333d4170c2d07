"""The options of VidSummarize."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vsumbench_keyshots.shared.options import FrameOptions, require, require_share


@dataclass(frozen=True)
class VidSummarizeOptions(FrameOptions):
    """Options of `vidsummarize`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none. The network has such a map of its own.
        checkpoint: id of imported weights that hold one safetensors file with the names of this network.
            They are taken as they are, and nothing is trained. None are published.
        learning_rate: highest rate of AdamW, reached after 5 % of the steps.
        weight_decay: decoupled weight decay.
        epochs: passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        layout: the encoder of the sheet (`plain`), or the one of a public baseline of the same kind
            (`summarizer`), which is as wide as its features.
        width: of the encoder; `summarizer` has no use for it.
        layers: of the encoder.
        heads: of each layer; they divide its width.
        feed_forward: width of the hidden layer of each feed-forward block.
        dropout: share dropped in the encoder.
        head_dropout: share dropped in the head of `summarizer`.
        positions: add a sinusoidal table to the input.
        window: steps that are read at once; longer videos are read in windows, 0 for all steps at once.
        overlap: steps that neighbouring windows have in common at least; their scores are averaged.
        loss: squared error, or binary cross-entropy.
        minimum_rate: where the cosine ends.
        clip_norm: longest gradient.
    """

    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    epochs: int = 100
    layout: Literal["plain", "summarizer"] = "plain"
    width: int = 512
    layers: int = 4
    heads: int = 8
    feed_forward: int = 2048
    dropout: float = 0.1
    head_dropout: float = 0.5
    positions: bool = True
    window: int = 1024
    overlap: int = 128
    loss: Literal["mse", "bce"] = "mse"
    minimum_rate: float = 1e-6
    clip_norm: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout", "head_dropout")
        for name in ("width", "layers", "heads", "feed_forward"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        require(self.window >= 0, f"window is {self.window}, expected 0 or more")
        require(
            self.overlap >= 0 and (self.window == 0 or self.overlap < self.window),
            f"overlap is {self.overlap}, expected 0 or more and less than window={self.window}",
        )
        require(self.minimum_rate >= 0, f"minimum_rate is {self.minimum_rate}, expected 0 or more")
        require(self.clip_norm > 0, f"clip_norm is {self.clip_norm}, not above 0")
