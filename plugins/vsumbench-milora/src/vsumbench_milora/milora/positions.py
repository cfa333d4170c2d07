"""The frame position table, where it is trained (`train_positions`)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PositionShift(nn.Module):
    """What training adds to the backbone's frame positions: zero at the start.

    The table itself stays as it is. Its gradient and that of the shift are the same, so Adam, which does not
    decay it, takes the steps it would take on the table.
    """

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(rows, width))

    def forward(self, frames: Tensor) -> Tensor:
        """(B, T, q, d) frame tokens → the same, moved by their frame."""
        return frames + self.shift[: frames.shape[1], None]
