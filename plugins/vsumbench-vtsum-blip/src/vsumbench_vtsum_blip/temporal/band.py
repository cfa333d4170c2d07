"""Attention of each step to its neighbours: computed along the band, with the whole matrix as its oracle."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vsumbench_vtsum_blip.options import MaskPosition


@dataclass(frozen=True)
class Band:
    """Which steps each step may look at, made once a batch and used by every layer with this radius.

    Attributes:
        radius: r; step i sees steps i - r to i + r.
        mask: (B, T) true for steps of the video, false for padding.
        open: (B, T, 2r + 1) whether the step at offset d - r from each step may be looked at. A step of
            padding sees itself, so that no row is empty.
    """

    radius: int
    mask: Tensor
    open: Tensor

    @classmethod
    def of(cls, mask: Tensor, radius: int) -> Band:
        """The band of a batch; a radius beyond its length is cut to it, which changes nothing.

        Raises:
            ValueError: a radius below 0.
        """
        if radius < 0:
            raise ValueError(f"a band has a radius of 0 or more, not {radius}")
        radius = min(radius, mask.shape[1] - 1)
        near = _neighbours(mask, radius)
        near[..., radius] = True
        return cls(radius, mask, near)


def banded_attention(queries: Tensor, keys: Tensor, values: Tensor, band: Band) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V over the band alone; O(T r) in time and memory.

    Args:
        queries, keys, values: (B, H, T, d).
        band: of this batch.

    Returns:
        (B, H, T, d). Nothing outside the band, and no padding, has any influence.
    """
    radius, steps = band.radius, queries.shape[2]
    scale = queries.shape[-1] ** -0.5
    padded_keys, padded_values = (functional.pad(x, (0, 0, radius, radius)) for x in (keys, values))
    windows = range(2 * radius + 1)
    # One pass an offset: shifted keys are views, so nothing of size T * r * d is ever there.
    logits = torch.stack([(queries * padded_keys[:, :, at : at + steps]).sum(-1) for at in windows], dim=-1)
    logits = (logits * scale).masked_fill(~band.open[:, None], float("-inf"))
    weights = logits.softmax(dim=-1)
    found = torch.zeros_like(values)
    for at in windows:
        found = found + weights[..., at : at + 1] * padded_values[:, :, at : at + steps]
    return found


def dense_attention(
    queries: Tensor, keys: Tensor, values: Tensor, band: Band, mask_position: MaskPosition = "pre"
) -> Tensor:
    """The same over the whole T x T matrix: the oracle, and the only way for `post`.

    With `post`, the softmax runs over every step of the video and the band is cut out of its rows afterwards,
    as the report's formula is printed: rows sum to less than 1 where attention falls outside the band.
    """
    near = dense_mask(band)[:, None]
    if mask_position == "pre":
        found: Tensor = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=near)
        return found
    visible = band.mask[:, None, None, :] | near
    logits = (queries @ keys.transpose(-2, -1)) * queries.shape[-1] ** -0.5
    weights = logits.masked_fill(~visible, float("-inf")).softmax(dim=-1)
    kept: Tensor = (weights * near) @ values
    return kept


def dense_mask(band: Band) -> Tensor:
    """(B, T, T) the band as a matrix of booleans."""
    steps = torch.arange(band.mask.shape[1], device=band.mask.device)
    near = (steps[:, None] - steps[None, :]).abs() <= band.radius
    both = band.mask[:, None, :] & band.mask[:, :, None]
    own = torch.eye(len(steps), dtype=torch.bool, device=band.mask.device)
    return (near & both) | own


def _neighbours(mask: Tensor, radius: int) -> Tensor:
    """(B, T, 2r + 1) the mask at each offset, for steps of the video; false for steps of padding."""
    padded = functional.pad(mask, (radius, radius), value=False)
    return padded.unfold(1, 2 * radius + 1, 1) & mask[:, :, None]
