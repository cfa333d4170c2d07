"""The options that every keyshot model has. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FrameOptions:
    """Options of every model that scores features.

    Attributes:
        feature: name of the feature that is read; empty for `googlenet-pool5` where the videos have it, else
            the first with one vector a step.
        input_dim: width of that feature; null for that of the training videos.
        projection: width that features are brought to by a learned linear map in front of the network; 0 for
            none, as published.
        checkpoint: id of imported weights that hold one safetensors file with the names of the official code;
            set by the preset `release`. They are taken as they are, and nothing is trained.
        learning_rate: rate of the optimizer.
        weight_decay: its weight decay.
        epochs: passes over the training videos.
        cache_mib: memory for the features of training videos, kept from epoch to epoch. It has no influence
            on the result.
    """

    feature: str = ""
    input_dim: int | None = None
    projection: int = 0
    checkpoint: str = ""
    learning_rate: float = 5e-5
    weight_decay: float = 1e-5
    epochs: int = 300
    cache_mib: int = 1024

    def __post_init__(self) -> None:
        require(self.input_dim is None or self.input_dim >= 1, f"input_dim is {self.input_dim}, not above 0")
        require(self.learning_rate > 0, f"learning_rate is {self.learning_rate}, not above 0")
        require(self.epochs >= 1, f"epochs is {self.epochs}, not above 0")
        for name in ("projection", "weight_decay", "cache_mib"):
            require(getattr(self, name) >= 0, f"{name} is {getattr(self, name)}, expected 0 or more")

    def network_width(self, input_dim: int) -> int:
        """The width a network sees: of the projection where there is one, else of the features."""
        return self.projection or input_dim


def require(holds: bool, otherwise: str) -> None:
    """Refuse an option.

    Raises:
        ValueError: with `otherwise`, which names it.
    """
    if not holds:
        raise ValueError(otherwise)


def require_share(options: object, *names: str) -> None:
    """Refuse what is no share in [0, 1), a dropout for instance."""
    for name in names:
        value = getattr(options, name)
        require(0 <= value < 1, f"{name} is {value}, expected a share in [0, 1)")
