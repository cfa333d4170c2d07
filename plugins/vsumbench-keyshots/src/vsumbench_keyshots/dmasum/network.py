"""The network of DMASum (dmasum.md, "Design")."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import dropout

from vsumbench_keyshots.shared.layers import sinusoids

from .attention import MixtureOfAttention, outside
from .options import DmaSumOptions


class DmaSumNetwork(nn.Module):
    """Local attention, then global attention on top of it, residual, and a regressor of two layers.

    8,925,191 parameters at width 1,024.
    """

    def __init__(self, width: int, options: DmaSumOptions) -> None:
        super().__init__()
        inner, components = options.attention_width, options.components
        self.visual = MixtureOfAttention(width, inner, components)
        self.sequential = MixtureOfAttention(width, inner, components)
        self.norm_attended = nn.LayerNorm(width)
        self.hidden = nn.Linear(width, width)
        self.norm_hidden = nn.LayerNorm(width)
        self.score = nn.Linear(width, 1)
        self.reach, self.dropout = options.reach, options.dropout

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T,) in (0, 1)."""
        near = self.visual(x, outside(len(x), self.reach, x.device))
        places = sinusoids(len(x), x.shape[1]).to(x)
        y = x + self.sequential(x + near + places)
        y = self.norm_attended(dropout(y, self.dropout, self.training))
        y = self.norm_hidden(dropout(self.hidden(y).relu(), self.dropout, self.training))
        scores: Tensor = self.score(y).sigmoid().squeeze(1)
        return scores
