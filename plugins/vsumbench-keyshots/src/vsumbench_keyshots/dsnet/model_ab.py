"""The anchor-based detector as a model of the harness."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import smooth_l1_loss, softplus

from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.targets import Scores

from . import anchors
from .detector import Detector, Floats
from .network_ab import AnchorNetwork
from .spec_ab import DSNET_AB, DsnetAbOptions


class DsnetAb(Detector[DsnetAbOptions]):
    """Anchors that fit a run of the summary against some that do not, and where the run lies."""

    spec = DSNET_AB
    structure = (*Detector.structure, "scales")

    def network(self, width: int) -> nn.Module:
        """Base, means at several widths, heads."""
        return AnchorNetwork(width, self.options)

    def labels(self, targets: NDArray[np.int64], steps: int) -> Scores:
        """(T, S, 3) kind and offsets."""
        return anchors.labels(targets, steps, self.options.scales)

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """Positive anchors count as much as the drawn negative ones; offsets of the positive ones."""
        kind = example.target[..., 0]
        positive = kind == anchors.POSITIVE
        count = int(positive.sum())
        negative = torch.cat(
            [
                drawn(kind == anchors.UNTOUCHED, int(self.options.negatives * count)),
                drawn(kind == anchors.INCOMPLETE, int(self.options.incompletes * count)),
            ]
        )
        return self.parts(network(example.features), example.target, positive, negative)

    def parts(self, found: Tensor, target: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss, given which anchors count.

        Args:
            found, target: (T, S, 3) as the network and `anchors.labels` give them.
            positive: (T, S) booleans, some of them true.
            negative: (M,) numbers of anchors, counted step by step; without any, their term is 0.
        """
        logits = found[..., 0]
        classes = softplus(-logits[positive]).mean()
        if len(negative):
            classes = classes + softplus(logits.flatten()[negative]).mean()
        places = smooth_l1_loss(found[..., 1:][positive], target[..., 1:][positive])
        return 0.5 * classes + self.options.location_weight * places

    def proposals(self, found: Tensor) -> tuple[Floats, Floats]:
        """Every anchor, moved."""
        moved = anchors.bounds(found[..., 1:].numpy(), self.options.scales)
        return found[..., 0].sigmoid().flatten().numpy(), moved.reshape(-1, 2)


def drawn(candidates: Tensor, count: int) -> Tensor:
    """(at most `count`,) numbers of true entries, in random order without replacement (torch's generator)."""
    numbers = candidates.flatten().nonzero()[:, 0]
    return numbers[torch.randperm(len(numbers), device=numbers.device)[:count]]
