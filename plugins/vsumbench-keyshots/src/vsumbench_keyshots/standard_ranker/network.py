"""The network of the standard ranker, and its names in the official code."""

from __future__ import annotations

from torch import Tensor, nn


class RankerNetwork(nn.Module):
    """An affine map of each step: 1,025 parameters at width 1,024. No activation, no context."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1)
        nn.init.normal_(self.score.weight, 0.0, 0.02)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T,), any real numbers."""
        scores: Tensor = self.score(x).squeeze(-1)
        return scores


OFFICIAL = {"score.weight": ("main.0.0.weight",), "score.bias": ("main.0.0.bias",)}
"""Our name → the name in the official code, where it is a 1 x 1 convolution."""
