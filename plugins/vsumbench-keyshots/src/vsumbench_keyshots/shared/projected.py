"""A learned linear map in front of a network."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Projected(nn.Module):
    """A learned linear map in front of a network: what makes a tiny preset of wide features."""

    def __init__(self, input_dim: int, width: int, network: nn.Module) -> None:
        super().__init__()
        self.projection = nn.Linear(input_dim, width)
        self.network = network

    def forward(self, features: Tensor, *more: Tensor) -> Any:
        """(T, input_dim) to what the network makes of (T, width); features side by side share the map.

        What else the network takes is handed on.
        """
        streams = features.view(len(features), -1, self.projection.in_features)
        return self.network(self.projection(streams).flatten(1), *more)
