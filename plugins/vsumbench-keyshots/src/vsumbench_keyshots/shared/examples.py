"""What a step of training sees of a video."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from vsumbench.contracts import Video


@dataclass(frozen=True)
class Example:
    """One training video.

    Attributes:
        features: (T, width).
        target: (T,) or what else the method learns.
        video: for methods that look at shots.
    """

    features: Tensor
    target: Tensor
    video: Video

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """What takes memory."""
        return self.features, self.target
