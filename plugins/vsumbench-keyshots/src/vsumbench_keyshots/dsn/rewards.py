"""What a selection of steps is worth (dsn.md, "Reward")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

SMALL = 1e-12


@dataclass(frozen=True)
class Likeness:
    """How the steps of one video relate, computed once for all selections.

    Attributes:
        dissimilarity: (T, T) one minus the cosine; 1 where two steps are far apart in time; 0 to itself.
        distance: (T, T) squared Euclidean distances, 0 or more.
    """

    dissimilarity: Tensor
    distance: Tensor

    @classmethod
    def of(cls, features: Tensor, far: int) -> Likeness:
        """From features (T, width); `far` steps and fewer are near, 0 for no such rule."""
        products = features @ features.T
        squares = products.diagonal()
        lengths = squares.sqrt().clamp_min(SMALL)
        dissimilarity = 1 - products / (lengths[:, None] * lengths)
        if far:
            place = torch.arange(len(features), device=features.device)
            dissimilarity = dissimilarity.masked_fill((place[:, None] - place).abs() > far, 1.0)
        # Also for a step of all zeros, which is unlike every other one.
        dissimilarity.fill_diagonal_(0.0)
        distance = (squares[:, None] + squares - 2 * products).clamp_min(0)
        return cls(dissimilarity, distance)

    def diversity(self, picked: Tensor) -> Tensor:
        """Mean dissimilarity of two picked steps; 0 with fewer than two."""
        among = self.dissimilarity[picked][:, picked]
        count = len(among)
        return among.sum() / (count * (count - 1)) if count > 1 else among.new_zeros(())

    def representativeness(self, picked: Tensor) -> Tensor:
        """exp of minus the mean squared distance of all steps to the nearest picked one; 0 without any."""
        if not picked.any():
            return self.distance.new_zeros(())
        return self.distance[picked].amin(dim=0).mean().neg().exp()

    def reward(
        self, picked: Tensor, kind: Literal["both", "diversity", "representativeness"] = "both"
    ) -> Tensor:
        """The reward of a selection (T,) of booleans."""
        if kind == "diversity":
            return self.diversity(picked)
        if kind == "representativeness":
            return self.representativeness(picked)
        return (self.diversity(picked) + self.representativeness(picked)) / 2
