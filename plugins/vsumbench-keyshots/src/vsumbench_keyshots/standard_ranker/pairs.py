"""Pairs of steps of one video, and which of both is more important (standard-ranker.md, "Training")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor

from vsumbench.contracts import Seeds
from vsumbench_keyshots.shared.examples import Example

Pair = tuple[int, int]
"""Number of the video, number of the pair within it."""


class Pairs(Sequence[Pair]):
    """All pairs of all training videos, as their numbers."""

    def __init__(self, videos: int, each: int) -> None:
        self.videos, self.each = videos, each

    def __len__(self) -> int:
        return self.videos * self.each

    @overload
    def __getitem__(self, index: int) -> Pair: ...
    @overload
    def __getitem__(self, index: slice) -> list[Pair]: ...
    def __getitem__(self, index: int | slice) -> Pair | list[Pair]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return divmod(range(len(self))[index], self.each)


def drawn(example: Example, each: int, seeds: Seeds) -> tuple[Tensor, Tensor]:
    """Steps (each, 2), uniform with replacement, and labels (each,).

    A label is 1 where the first of both has the higher score, 0 where the second has, 0.5 where they tie. By
    chance both may be the same step.
    """
    draw = seeds.child("pairs", example.video.id).generator()
    steps = torch.from_numpy(draw.integers(len(example.target), size=(each, 2)))
    scores = example.target[steps.to(example.target.device)]
    labels = (torch.sign(scores[:, 0] - scores[:, 1]) + 1) / 2
    return steps, labels
