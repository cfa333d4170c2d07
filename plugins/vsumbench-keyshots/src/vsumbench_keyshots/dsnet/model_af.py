"""The anchor-free detector as a model of the harness."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.targets import Scores

from . import distances
from .detector import Detector, Floats
from .distances import TINY
from .network_af import StepNetwork
from .spec_af import DSNET_AF, DsnetAfOptions


class DsnetAf(Detector[DsnetAfOptions]):
    """Selected steps against all others, how far their run reaches, and whether they are its centre."""

    spec = DSNET_AF

    def network(self, width: int) -> nn.Module:
        """Base and heads."""
        return StepNetwork(width, self.options)

    def labels(self, targets: NDArray[np.int64], steps: int) -> Scores:
        """(T, 4) class, distances, centre-ness."""
        return distances.labels(targets, steps)

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """Focal loss over all steps, and two terms over the selected ones."""
        classes, places, centres = parts(network(example.features), example.target)
        return classes + self.options.location_weight * places + self.options.centre_weight * centres

    def proposals(self, found: Tensor) -> tuple[Floats, Floats]:
        """Every step, scored by importance times centre-ness, divided by the highest of the video."""
        scores = found[:, 0].sigmoid() * found[:, 3].sigmoid()
        reach = distances.bounds(found[:, 1:3].exp().numpy())
        return (scores / (scores.max() + TINY)).numpy(), reach


def parts(found: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three terms of the loss (dsnet-af.md, "Training"), unweighted.

    Args:
        found, target: (T, 4) as the network and `distances.labels` give them; some step is selected.

    Returns:
        The focal term summed over steps and divided by the number of selected ones, -log soft IoU meaned over
        these, and the cross-entropy of their centre-ness.
    """
    selected = target[:, 0] == 1
    logits = torch.where(selected, found[:, 0], -found[:, 0])
    # gamma = 2; alpha and 1 - alpha are both applied and add up to 1.
    classes = -(logits.neg().sigmoid().square() * logsigmoid(logits)).sum() / selected.sum()
    reach, wanted = found[selected, 1:3].exp(), target[selected, 1:3]
    shared = torch.minimum(reach, wanted).sum(dim=1)
    union = torch.maximum(reach, wanted).sum(dim=1)
    # Where the run is one step nothing is shared. The published logarithm would be infinite.
    places = -((shared + TINY) / (union + TINY)).log().mean()
    centres = binary_cross_entropy_with_logits(found[selected, 3], target[selected, 3])
    return classes, places, centres
