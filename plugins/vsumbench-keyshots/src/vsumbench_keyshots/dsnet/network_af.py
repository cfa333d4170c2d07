"""The network of the anchor-free detector (dsnet-af.md, "Architecture")."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vsumbench_keyshots.shared.layers import dropped

from .bases import Trunk
from .spec_af import DsnetAfOptions


class StepNetwork(nn.Module):
    """Every step's importance, reach and centre-ness. Initialised as torch does."""

    def __init__(self, width: int, options: DsnetAfOptions) -> None:
        super().__init__()
        self.trunk = Trunk(width, options)
        self.hidden = nn.Linear(width, options.hidden)
        self.norm_hidden = nn.LayerNorm(options.hidden)
        self.score = nn.Linear(options.hidden, 1)
        self.location = nn.Linear(options.hidden, 2)
        self.centre = nn.Linear(options.hidden, 1)
        self.dropout = options.dropout

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, 4): the logit of importance, log steps to the left and right, that of the centre.

        The last is a logit too.
        """
        y = dropped(self.hidden(self.trunk(x)).relu(), self.dropout, self.training)
        y = self.norm_hidden(y)
        return torch.cat([self.score(y), self.location(y), self.centre(y)], dim=-1)
