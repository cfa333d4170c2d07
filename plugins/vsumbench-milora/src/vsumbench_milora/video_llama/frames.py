"""From a video to the normalised frames the ViT reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from vsumbench.contracts import Video
from vsumbench.errors import DataDamagedError

from .config import PIXEL_MEAN, PIXEL_STD


def sample_steps(steps: int, count: int) -> tuple[int, ...]:
    """`count` indices below `steps`, the starts of equal parts; indices repeat where `steps` is smaller.

    In integers: the float step of the released sampler can give one index too many (`video-llama.md`,
    "Known problems"). Neighbours are at most ceil(steps / count) apart, the end of the video included.

    Raises:
        ValueError: either is below 1.
    """
    if steps < 1 or count < 1:
        raise ValueError(f"cannot sample {count} of {steps} steps")
    return tuple(number * steps // count for number in range(count))


def read_frames(video: Video, count: int, side: int) -> Tensor:
    """(count, 3, side, side) float32, RGB normalised as for CLIP. Frames of another size are resized.

    Raises:
        MismatchError: the edition has no frames.
        DataDamagedError: fewer frames came than the video has.
    """
    steps = sample_steps(video.steps, count)
    distinct = sorted(set(steps))
    frames = {
        step: _resized(torch.tensor(frame.pixels), side)
        for step, frame in zip(distinct, video.sampled_frames(distinct), strict=False)
    }
    if len(frames) < len(distinct):
        raise DataDamagedError(
            f"video {video.id!r} has {video.steps} steps; its frames end before step "
            f"{distinct[len(frames)]}.",
            "Get the file again, or make the edition anew.",
        )
    return normalise(torch.stack([frames[step] for step in steps]))


def normalised(frames: Sequence[NDArray[np.uint8]], side: int) -> Tensor:
    """Frames (height, width, 3) uint8 RGB → (F, 3, side, side) float32, as `read_frames` makes them."""
    return normalise(torch.stack([_resized(torch.tensor(frame), side) for frame in frames]))


def normalise(pixels: Tensor) -> Tensor:
    """(F, S, S, 3) uint8 RGB → (F, 3, S, S) float32, normalised as for CLIP."""
    mean, std = (
        torch.tensor(values, device=pixels.device).view(3, 1, 1) for values in (PIXEL_MEAN, PIXEL_STD)
    )
    return (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std


def _resized(pixels: Tensor, side: int) -> Tensor:
    """(H, W, 3) uint8 → (side, side, 3) uint8."""
    if pixels.shape[:2] == (side, side):
        return pixels
    image = pixels.permute(2, 0, 1)[None].float()
    resized = interpolate(image, size=(side, side), mode="bicubic", antialias=True)[0]
    return resized.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)
