"""Frames as a vision tower wants them: one size, normalised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate


def squared(pixels: Sequence[NDArray[np.uint8]], side: int) -> Tensor:
    """(F, side, side, 3) uint8 of F frames of any size, resized bicubically without keeping proportions."""
    return torch.stack([_resized(torch.tensor(one), side) for one in pixels])


def normalised(pixels: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(F, S, S, 3) uint8 → (F, 3, S, S) float32: shares of 255, less `mean`, divided by `std`."""
    middle, width = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    return (pixels.permute(0, 3, 1, 2).float() / 255 - middle) / width


def _resized(pixels: Tensor, side: int) -> Tensor:
    if tuple(pixels.shape[:2]) == (side, side):
        return pixels
    image = pixels.permute(2, 0, 1)[None].float()
    resized = interpolate(image, size=(side, side), mode="bicubic", antialias=True)[0]
    return resized.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)
