"""The network of the anchor-based detector (dsnet-ab.md, "Architecture")."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, linear

from vsumbench_keyshots.shared.layers import SQRT2, dropped, xavier

from .bases import HeadedAttention, Trunk
from .spec_ab import DsnetAbOptions


class AnchorNetwork(nn.Module):
    """Means around every step at several widths, each scored and located by the same heads."""

    def __init__(self, width: int, options: DsnetAbOptions) -> None:
        super().__init__()
        self.trunk = Trunk(width, options)
        self.hidden = nn.Linear(width, options.hidden)
        self.norm_hidden = nn.LayerNorm(options.hidden)
        self.score = nn.Linear(options.hidden, 1)
        self.location = nn.Linear(options.hidden, 2)
        self.scales, self.dropout = options.scales, options.dropout
        xavier(self)
        base = self.trunk.base
        if isinstance(base, HeadedAttention):
            for piece in base.project.weight.chunk(3):
                # The bound is that of one matrix, which is larger than that of the three together.
                nn.init.xavier_uniform_(piece, gain=SQRT2)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, S, 3): the logit of an anchor, and the offsets of its centre and its width."""
        # A mean of linear maps is the linear map of the mean: mapped first, an S-th of the products is left.
        mapped = linear(self.trunk(x), self.hidden.weight)
        around = torch.stack([mean_around(mapped, scale) for scale in self.scales], dim=1)
        y = dropped((around + self.hidden.bias).tanh(), self.dropout, self.training)
        y = self.norm_hidden(y)
        return torch.cat([self.score(y), self.location(y)], dim=-1)


def mean_around(x: Tensor, scale: int) -> Tensor:
    """(T, width): means over `scale` steps from `scale // 2` before; zeros lie outside the video."""
    means = avg_pool1d(x.T[None], scale, stride=1, padding=scale // 2)[0]
    return means.T[: len(x)]
