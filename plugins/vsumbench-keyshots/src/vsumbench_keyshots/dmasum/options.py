"""The options of DMASum."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench_keyshots.shared.options import FrameOptions, require, require_share


@dataclass(frozen=True)
class DmaSumOptions(FrameOptions):
    """Options of `dmasum`.

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
        attention_width: of queries and keys.
        components: attention maps that are mixed.
        reach: of the local attention: steps nearer than this share of the video.
        dropout: share dropped in the regressor.
        meta: learn on a few steps of a video, and take the gradient of the others after that.
        inner_rate: rate of that inner step.
    """

    learning_rate: float = 5e-5
    epochs: int = 300
    attention_width: int = 512
    components: int = 3
    reach: float = 0.25
    dropout: float = 0.5
    meta: bool = True
    inner_rate: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self, "dropout")
        for name in ("attention_width", "components"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        for name in ("reach", "inner_rate"):
            require(getattr(self, name) > 0, f"{name} is {getattr(self, name)}, not above 0")
