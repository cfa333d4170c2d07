"""Layers that several methods have in common, or that torch has in another form."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.linalg import vector_norm
from torch.nn.functional import dropout, embedding

SQRT2 = math.sqrt(2.0)
FACTORS = torch.tensor([[2.0 * (byte >> bit & 1) for bit in range(8)] for byte in range(256)])
"""(256, 8): a byte → the factors of eight elements under dropout of one half: 0 or 2 by bit, lowest first."""


class UnbiasedLayerNorm(nn.Module):
    """LayerNorm_A (vasnet.md): gamma * (x - mean) / (std + eps) + beta over the last axis.

    Not torch's LayerNorm: the standard deviation is the unbiased one (n - 1), and eps is added to it, outside
    the root.
    """

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))
        self.beta = nn.Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to (..., width)."""
        # Where a row is constant (all of it dropped) a norm has gradient 0; a root would have none.
        centred = x - x.mean(dim=-1, keepdim=True)
        spread: Tensor = vector_norm(centred, dim=-1, keepdim=True) / math.sqrt(x.shape[-1] - 1)
        return self.gamma * (centred / (spread + self.eps)) + self.beta


def full_precision(device: torch.device) -> torch.autocast:
    """Without autocast: recurrent layers cannot be trained in bfloat16 on every CPU."""
    return torch.autocast(device.type, enabled=False)


def xavier(module: nn.Module, *, bias: float | None = 0.1) -> None:
    """Every Linear: Xavier-uniform weights of gain sqrt(2), and biases `bias` (None: as they are)."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight, gain=SQRT2)
            if part.bias is not None and bias is not None:
                nn.init.constant_(part.bias, bias)


def sinusoids(rows: int, width: int) -> Tensor:
    """(rows, width) float32: even columns sine, odd ones cosine of row / 10000^(2i / width) (sheet 00)."""
    position = torch.arange(rows, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float32) * (-math.log(10000.0) / width))
    table = torch.zeros(rows, width)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate[: width // 2])
    return table


def exact(x: Tensor) -> Tensor:
    """The same numbers in at least single precision: what comes out of autocast has half of it."""
    return x if x.dtype == torch.float64 else x.float()


def dropped(x: Tensor, share: float, training: bool) -> Tensor:
    """Dropout. On the CPU, a share of one half takes one random bit an element, which is much faster.

    torch draws a whole number for each; the bits are those of its generator too. Eight are looked up at once.
    """
    if not training or share != 0.5 or x.device.type != "cpu":
        return dropout(x, share, training)
    words = torch.empty(-(-x.numel() // 64), dtype=torch.int64).random_(-(2**63), None)
    factors = embedding(words.view(torch.uint8).int(), FACTORS).flatten()[: x.numel()].view(x.shape)
    return x * factors.to(x.dtype)
