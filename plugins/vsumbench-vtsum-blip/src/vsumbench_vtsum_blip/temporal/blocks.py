"""The learned parts between frame vectors and heads (vtsum-blip.md, "Architecture" and "LA")."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from vsumbench_vtsum_blip.options import MaskPosition

from .band import Band, banded_attention, dense_attention

EPSILON = 1e-6
"""Of every layer norm here."""
STD = 0.02
"""Of every drawn weight; of the memory bank it is inferred."""
SLOTS = 512
"""Vectors in the memory bank."""


class Attention(nn.Module):
    """Queries, keys and values of one linear map, and the map after them; both with bias."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def split(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, T, D) to queries, keys and values (B, H, T, D / H)."""
        batch, steps, width = states.shape
        parts = self.qkv(states).view(batch, steps, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        return queries, keys, values

    def join(self, found: Tensor) -> Tensor:
        """(B, H, T, D / H) back to (B, T, D)."""
        joined: Tensor = self.proj(found.transpose(1, 2).flatten(2))
        return joined


class TransformerBlock(nn.Module):
    """Pre-norm attention over the whole video, then a feed-forward part; both added to their input."""

    def __init__(self, width: int, heads: int, mlp: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, mlp), "fc2": nn.Linear(mlp, width)})

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) and (B, T) to (B, T, D); no step looks at padding."""
        found = functional.scaled_dot_product_attention(
            *self.attn.split(self.norm1(states)), attn_mask=mask[:, None, None, :]
        )
        states = states + self.attn.join(found)
        widened = functional.gelu(self.mlp["fc1"](self.norm2(states)))
        narrowed: Tensor = states + self.mlp["fc2"](widened)
        return narrowed


class TemporalTransformer(nn.Module):
    """TT: blocks over all steps, and a layer norm after the last."""

    def __init__(self, width: int, heads: int, mlp: int, depth: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(TransformerBlock(width, heads, mlp) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        for block in self.blocks:
            states = block(states, mask)
        normed: Tensor = self.norm(states)
        return normed


class LocalAttention(nn.Module):
    """Pre-norm attention to the nearest steps, added to its input, without a feed-forward part.

    It is the context aggregation (CA) of VTSUM-BLIP and the local attention (LA) of the report: both are this
    module (vtsum-blip.md, "LA").
    """

    def __init__(self, width: int, heads: int, mask_position: MaskPosition) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, heads)
        self.mask_position = mask_position

    def forward(self, states: Tensor, band: Band) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        parts = self.attn.split(self.norm1(states))
        if self.mask_position == "post":
            # Its rows are softmaxes over the whole video: there is no cheaper way.
            return states + self.attn.join(dense_attention(*parts, band, "post"))
        return states + self.attn.join(banded_attention(*parts, band))


class MemoryBank(nn.Module):
    """The wrapper of the public student code: what a bank of learned vectors has to say of each step.

    The cosine of step and vector is divided by sqrt(D), so the weights are almost uniform.
    """

    def __init__(self, width: int, slots: int) -> None:
        super().__init__()
        self.slots = nn.Parameter(torch.randn(slots, width) * STD)
        self.join = nn.Linear(2 * width, width)

    def forward(self, states: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        cosine = functional.normalize(states, dim=-1) @ functional.normalize(self.slots, dim=-1).T
        recalled = (cosine / math.sqrt(states.shape[-1])).softmax(dim=-1) @ self.slots
        joined: Tensor = self.join(torch.cat([states, recalled], dim=-1))
        return joined


def draw_weights(module: nn.Module) -> None:
    """Weights of linear maps from a normal of std 0.02 cut at two, biases 0, norms 1 and 0."""
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.trunc_normal_(part.weight, std=STD)
            nn.init.zeros_(part.bias)
        elif isinstance(part, nn.LayerNorm):
            nn.init.ones_(part.weight)
            nn.init.zeros_(part.bias)
