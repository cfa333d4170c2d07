"""Mixture of attention (dmasum.md, "Design")."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MixtureOfAttention(nn.Module):
    """Attention that is asked twice, and mixed from several maps after the softmax.

    A first map moves the queries; each component asks again with a matrix of its own; every step weights the
    components by itself. Mixing maps, and not their logits, lets the rank exceed that of one softmax.
    """

    def __init__(self, width: int, inner: int, components: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, inner, bias=False)
        self.key = nn.Linear(width, inner, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.again = nn.ModuleList(nn.Linear(inner, inner, bias=False) for _ in range(components))
        self.mix = nn.Linear(width, components)
        self.output = nn.Linear(width, width, bias=False)
        self.scale = inner**-0.5

    def forward(self, x: Tensor, hidden: Tensor | None = None) -> Tensor:
        """(T, width) to (T, width); `hidden` (T, T) booleans say what is masked, never a step from itself."""
        attended: Tensor = self.output(self.weights(x, hidden) @ self.value(x))
        return attended

    def weights(self, x: Tensor, hidden: Tensor | None = None) -> Tensor:
        """(T, T) weights; rows add up to one."""
        queries, keys = self.query(x), self.key(x).T * self.scale
        moved = _softmax(queries @ keys, hidden) @ queries
        shares = self.mix(x).softmax(dim=1)
        mixed: Tensor | None = None
        # One map after the other: side by side they would take as many times the memory.
        for number, ask in enumerate(self.again):
            part = shares[:, number, None] * _softmax(ask(moved) @ keys, hidden)
            mixed = part if mixed is None else mixed + part
        assert mixed is not None
        return mixed


def outside(steps: int, reach: float, device: torch.device) -> Tensor:
    """(T, T) booleans: pairs of steps not nearer than this share of the video. A step reaches itself."""
    place = torch.arange(steps, device=device)
    return (place[:, None] - place[None, :]).abs() >= reach * steps


def _softmax(logits: Tensor, hidden: Tensor | None) -> Tensor:
    masked = logits if hidden is None else logits.masked_fill(hidden, float("-inf"))
    return masked.softmax(dim=1)
