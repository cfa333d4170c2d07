"""Single-frame meta-learning: a step of training within a step (dmasum.md, "Training")."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from vsumbench.contracts import Video

EQUAL = 20
"""Steps of a part where a video has no shots."""


def one_a_shot(steps: int, video: Video) -> Tensor:
    """(T,) booleans: a random step of each shot, drawn by torch's generator. Inferred: parts of 20 steps
    where the video has no shots."""
    if video.change_points is None:
        shots = np.arange(steps) // EQUAL
    else:
        shots = np.searchsorted(video.change_points[:, 0], video.picks, side="right")
    _, first, counts = np.unique(shots, return_index=True, return_counts=True)
    drawn = torch.rand(len(first), dtype=torch.float64)
    chosen = torch.zeros(steps, dtype=torch.bool)
    chosen[torch.from_numpy(first) + (drawn * torch.from_numpy(counts)).long()] = True
    return chosen


def after_one_step(
    network: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], support: Tensor, rate: float, x: Tensor
) -> Tensor:
    """The loss of the other steps, with weights that took one step of gradient descent on the support.

    First order: the inner gradient is a constant, so the gradient of what is returned is that of the outer
    loss at the moved weights. Where every step is support, the outer loss is that of all of them.

    Args:
        network: (T, width) to (T,) scores.
        loss: of scores (T,), over the steps of a mask (T,).
        support: (T,) booleans.
        rate: of the inner step.
        x: (T, width).
    """
    weights = dict(network.named_parameters())
    inner = loss(network(x), support)
    gradients = torch.autograd.grad(inner, list(weights.values()))
    moved = {
        name: weight - rate * gradient
        for (name, weight), gradient in zip(weights.items(), gradients, strict=True)
    }
    rest = support if bool(support.all()) else ~support
    return loss(functional_call(network, moved, (x,)), rest)
