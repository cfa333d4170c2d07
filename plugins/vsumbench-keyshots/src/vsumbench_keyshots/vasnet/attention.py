"""The attention of VASNet, which MSVA shares (vasnet.md and msva.md, "Architecture")."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vsumbench_keyshots.shared.layers import dropped

SCALE = 0.06
"""Factor of the queries; not 1 / sqrt(width)."""


class SummedAttention(nn.Module):
    """Soft self-attention whose weights are normalised over one axis and summed over the other.

    The weights are W = softmax(0.06 Q K^T) over keys, and the output is W^T V: row j sums W[i, j] V[i] over
    i, so the weights that enter a row do not add up to one. A textbook attention would be W V.
    """

    def __init__(self, width: int, dropout: float, aperture: int = 0, ignore_itself: bool = False) -> None:
        super().__init__()
        self.key = nn.Linear(width, width, bias=False)
        self.query = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.dropout, self.aperture, self.ignore_itself = dropout, aperture, ignore_itself

    def forward(self, x: Tensor) -> Tensor:
        """(..., T, width) to (..., T, width): sequences apart, with the same weights."""
        weights = dropped(self.weights(x), self.dropout, self.training)
        attended: Tensor = self.output(weights.mT @ self.value(x))
        return attended

    def weights(self, x: Tensor) -> Tensor:
        """(..., T, T) weights before dropout: rows add up to one."""
        logits = (self.query(x) * SCALE) @ self.key(x).mT
        hidden = self._hidden(x.shape[-2], x.device)
        if hidden is None:
            plain: Tensor = logits.softmax(dim=-1)
            return plain
        # A row without any step left would be 0/0: it attends to nothing.
        found: Tensor = logits.masked_fill(hidden, float("-inf")).softmax(dim=-1)
        return found.masked_fill(hidden.all(dim=-1, keepdim=True), 0.0)

    def _hidden(self, steps: int, device: torch.device) -> Tensor | None:
        """(T, T) booleans: what is masked; None where nothing is."""
        if not self.ignore_itself and not 0 < self.aperture < steps:
            return None
        place = torch.arange(steps, device=device)
        apart = (place[:, None] - place[None, :]).abs()
        hidden = apart >= self.aperture if self.aperture else torch.zeros_like(apart, dtype=torch.bool)
        return hidden | (apart == 0) if self.ignore_itself else hidden
