"""Temporal and spatial tokens mixed by one trained number (eq. 11)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vsumbench.errors import MismatchError


class Fusion(nn.Module):
    """a * y_t + (1 - a) * y_s with a = sigmoid(s)."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.s = nn.Parameter(torch.tensor(start))

    def forward(self, temporal: Tensor, spatial: Tensor) -> Tensor:
        """(B, Q, d) and (B, Q, d) → (B, Q, d)."""
        share = torch.sigmoid(self.s)
        return share * temporal + (1 - share) * spatial


def spatial_summary(frames: Tensor, queries: int) -> Tensor:
    """The image Q-Former's tokens (B, T, q, d) in the shape (B, Q, d) of the video Q-Former's.

    Eq. 11 needs equal shapes and does not say how. Where Q = q, as in the published model, this is the mean
    over frames (`milora-visum.md`, "Fusion"). Where Q is a multiple of q, as in the tiny one, the frames are
    divided into Q / q stretches of time of equal length and each gives the mean over its frames: inferred.

    Raises:
        MismatchError: Q is no multiple of q.
    """
    batch, _, own, width = frames.shape
    if queries % own:
        raise MismatchError(
            f"{queries} tokens of a video cannot be mixed with {own} tokens of a frame: no multiple.",
            "Use a backbone whose numbers of queries fit, or the variant temporal-only.",
        )
    over_time = frames.flatten(2).transpose(1, 2)
    pooled = nn.functional.adaptive_avg_pool1d(over_time, queries // own)
    return pooled.transpose(1, 2).reshape(batch, queries, width)
