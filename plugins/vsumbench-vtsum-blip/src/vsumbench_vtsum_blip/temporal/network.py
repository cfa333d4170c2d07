"""From frame vectors to what both heads read, and the score of every frame."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vsumbench_vtsum_blip.options import Structure
from vsumbench_vtsum_blip.sizes import Sizes

from .band import Band
from .blocks import SLOTS, STD, LocalAttention, MemoryBank, TemporalTransformer, draw_weights
from .positions import Positions


@dataclass(frozen=True)
class Seen:
    """What was made of a batch of videos.

    Attributes:
        states: (B, T, D), read by the text decoder.
        logits: (B, T) saliency, or None without a video head.
        mask: (B, T) false for padding.
    """

    states: Tensor
    logits: Tensor | None
    mask: Tensor


class TemporalNetwork(nn.Module):
    """Positions, TT, CA, LA, and the video head; those that the structure asks for.

    Positions are added before the temporal transformer and again after it; without one, once.
    """

    def __init__(self, sizes: Sizes, structure: Structure) -> None:
        super().__init__()
        width, heads = sizes.width, sizes.heads
        self.radius = structure.kernel // 2
        self.memory = MemoryBank(width, SLOTS) if structure.memory else None
        self.positions = Positions(sizes.positions, width) if structure.positions else None
        self.tt = TemporalTransformer(width, heads, sizes.mlp, structure.tt_depth) if structure.tt else None
        local = (LocalAttention(width, heads, position) for position in structure.local)
        self.local = nn.ModuleList(local)
        self.head = nn.Linear(width, 1) if structure.scores else None
        draw_weights(self)
        if self.head is not None:
            nn.init.normal_(self.head.weight, std=STD)

    def forward(self, frames: Tensor, mask: Tensor) -> Seen:
        """(B, T, D) frame vectors and their mask (B, T)."""
        states = frames if self.memory is None else self.memory(frames)
        places = self.positions.of(mask) if self.positions is not None else None
        if places is not None:
            states = states + places
        if self.tt is not None:
            states = self.tt(states, mask)
            if places is not None:
                states = states + places
        if len(self.local):
            band = Band.of(mask, self.radius)
            for layer in self.local:
                states = layer(states, band)
        return Seen(states, self._scores(states), mask)

    def _scores(self, states: Tensor) -> Tensor | None:
        """(B, T) logits; never in half precision, where different scores would become equal ones."""
        if self.head is None:
            return None
        with torch.autocast(states.device.type, enabled=False):
            logits: Tensor = self.head(states.to(self.head.weight.dtype))[..., 0]
        return logits
