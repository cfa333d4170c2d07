"""What the making of tiny backbones has in common: a stage of training, the frames visited, progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from vsumbench.contracts import Context, Seeds
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.training.loop import train
from vsumbench.training.recipe import Recipe


def learn(
    module: nn.Module,
    trained: Sequence[nn.Parameter],
    examples: Sequence[Any],
    loss: Any,
    context: Context,
    stage: str,
    *,
    batch: int,
    rate: float,
    decay: float,
) -> None:
    """Train these parameters on each example once, with AdamW; `rate` is the peak rate."""
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=decay)
    recipe = Recipe(epochs=1, batch_size=batch, checkpoint_every=len(examples))
    train(module, optimizer, examples, loss, recipe, context, stage=stage)


def frame_visits(videos: int, frames: int, count: int, seeds: Seeds) -> list[tuple[int, int]]:
    """`count` pairs of a video and a frame of it, in one drawn order that begins anew at its end."""
    total = videos * frames
    order = torch.randperm(total, generator=torch.Generator().manual_seed(seeds.integer()))
    return [divmod(int(order[number % total]), frames) for number in range(count)]


class Shown:
    """Progress of the whole; a hundred videos drawn count as one step.

    Args:
        videos: that are drawn first.
        stages: stage → its steps, in order.
        progress: who is told.
    """

    def __init__(self, videos: int, stages: Mapping[str, int], progress: ProgressCallback | None) -> None:
        self._progress = progress
        self._total = videos // 100
        self._before = {}
        for stage, steps in stages.items():
            self._before[stage] = self._total
            self._total += steps

    def drawn(self, videos: int) -> None:
        """So many videos are drawn."""
        if self._progress is not None and videos % 100 == 0:
            self._progress(videos // 100, self._total, stage="drawing")

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """So many steps of a stage are done."""
        if self._progress is not None:
            self._progress(self._before[stage] + done, self._total, stage=stage, **numbers)
