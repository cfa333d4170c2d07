"""The options of vsLSTM and dppLSTM."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench_keyshots.shared.options import FrameOptions, require


@dataclass(frozen=True)
class VsLstmOptions(FrameOptions):
    """Options of `vslstm`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code.
            They are taken as they are, and nothing is trained. None are published any more.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient; none is published.
        epochs: passes over the training videos, where `updates` is 0.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        hidden: width of the recurrent state and of the hidden layers on top.
        updates: steps of the optimizer, rounded up to whole passes; 0 for as many as `epochs` take.
        batch_size: videos a step; the last step of a pass takes what is left.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    epochs: int = 25
    hidden: int = 256
    updates: int = 100
    batch_size: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("hidden", "batch_size"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, not above 0")
        require(self.updates >= 0, f"updates is {self.updates}, expected 0 or more")

    @property
    def kernel_width(self) -> int:
        """Width of the kernel vectors; 0 without a kernel."""
        return 0


@dataclass(frozen=True)
class DppLstmOptions(VsLstmOptions):
    """Options of `dpplstm`.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code.
            They are taken as they are, and nothing is trained. None are published any more.
        learning_rate: rate of Adam, constant.
        weight_decay: L2 in its gradient; none is published.
        epochs: passes over the training videos, where `updates` is 0.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
        hidden: width of the recurrent state and of the hidden layers on top.
        updates: steps of the optimizer, rounded up to whole passes; 0 for as many as `epochs` take.
        batch_size: videos a step; the last step of a pass takes what is left.
        rank: width of the kernel vectors, and so the most frames that can be drawn together.
        dpp: learn a kernel and make the key frames likely under it (dppLSTM); without, importance alone is
            learned, from its real values (vsLSTM), and the options of the kernel have no use.
        dpp_weight: of the likelihood, beside the squared error.
        warm_start: train without the kernel first, as long again, on real-valued importance.
        ridge: added to the diagonal of the key frames' kernel, so that more of them than its rank leave the
            loss finite.
    """

    rank: int = 256
    dpp: bool = True
    dpp_weight: float = 1.0
    warm_start: bool = True
    ridge: float = 1e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.rank >= 1, f"rank is {self.rank}, not above 0")
        require(self.dpp_weight >= 0, f"dpp_weight is {self.dpp_weight}, expected 0 or more")
        require(self.ridge > 0, f"ridge is {self.ridge}, not above 0")

    @property
    def kernel_width(self) -> int:
        """Width of the kernel vectors; 0 without a kernel."""
        return self.rank if self.dpp else 0
