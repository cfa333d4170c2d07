"""From a video to the tokens of its frames: pixels, SigLIP, one pooled vector and a grid of averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, interpolate
from transformers import SiglipVisionModel

from vsumbench.contracts import Video
from vsumbench.errors import DataDamagedError
from vsumbench.training.precision import autocast
from vsumbench_milora.video_llama.frames import sample_steps

FRAMES_AT_ONCE = 32
MIB = 1 << 20


@dataclass(frozen=True)
class Seen:
    """T frames of a video.

    Attributes:
        tokens: (T, n, Dv), on the CPU.
        steps: which sampled steps of the video they are.
        times: (T,) their seconds.
    """

    tokens: Tensor
    steps: tuple[int, ...]
    times: NDArray[np.float64]


def chosen_steps(steps: int, most: int) -> tuple[int, ...]:
    """All steps of a video, or `most` of them, the starts of equal parts, where it has more (inferred)."""
    return tuple(range(steps)) if steps <= most else sample_steps(steps, most)


def times_of(video: Video, steps: Sequence[int]) -> NDArray[np.float64]:
    """(T,) seconds of these sampled steps."""
    return video.pick_times[list(steps)].astype(np.float64)


def frame_tokens(patches: Tensor, pooled: Tensor, grid: int) -> Tensor:
    """Patches (F, P*P, Dv) and pooled vectors (F, Dv) → (F, 1 + grid*grid, Dv): pooled first, then the
    averages of a grid over the patches, row by row; `grid` 0 gives the pooled vector alone.

    Source: `videollm-online.md`, "Architecture", frame tokens. Where the patches' side is no multiple of
    `grid`, neighbouring cells overlap (adaptive pooling).
    """
    first = pooled[:, None]
    if not grid:
        return first
    side = round(patches.shape[1] ** 0.5)
    square = patches.transpose(1, 2).reshape(len(patches), -1, side, side)
    return torch.cat([first, adaptive_avg_pool2d(square, grid).flatten(2).transpose(1, 2)], dim=1)


def normalise(pixels: Tensor) -> Tensor:
    """(F, S, S, 3) uint8 RGB → (F, 3, S, S) float32 in [-1, 1], as SigLIP reads them."""
    return (pixels.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


def fitted(pixels: Tensor, side: int) -> Tensor:
    """(H, W, 3) uint8 → (side, side, 3) uint8: the longer side made `side`, black beside the shorter one."""
    if pixels.shape[:2] == (side, side):
        return pixels
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    image = pixels.permute(2, 0, 1)[None].float()
    resized = interpolate(image, size=size, mode="bicubic", antialias=True)[0].round().clamp(0, 255)
    whole = torch.zeros(side, side, 3, dtype=torch.uint8)
    top, left = (side - size[0]) // 2, (side - size[1]) // 2
    whole[top : top + size[0], left : left + size[1]] = resized.to(torch.uint8).permute(1, 2, 0)
    return whole


def read_pixels(video: Video, steps: Sequence[int], side: int) -> Tensor:
    """(T, side, side, 3) uint8 of these steps.

    Raises:
        MismatchError: the edition has no frames.
        DataDamagedError: fewer frames came than the video has.
    """
    frames = [fitted(torch.tensor(frame.pixels), side) for frame in video.sampled_frames(steps)]
    if len(frames) < len(steps):
        raise DataDamagedError(
            f"video {video.id!r} has {video.steps} steps; its frames end before step {steps[len(frames)]}.",
            "Get the file again, or make the edition anew.",
        )
    return torch.stack(frames)


class Eyes(nn.Module):
    """The frame encoder: (F, 3, S, S) normalised pixels → (F, n, Dv)."""

    def __init__(self, vision: SiglipVisionModel, grid: int) -> None:
        super().__init__()
        self.vision = vision
        self.grid = grid

    @property
    def side(self) -> int:
        """Pixels a side."""
        side: int = self.vision.config.image_size  # type: ignore[assignment]
        return side

    def forward(self, pixels: Tensor) -> Tensor:
        """Tokens of each frame by itself."""
        found = self.vision(pixel_values=pixels)
        return frame_tokens(found.last_hidden_state, found.pooler_output, self.grid)


class Sight:
    """What frozen eyes see of videos; kept in memory as far as the budget goes.

    Args:
        eyes: frozen, on their device.
        most: frames of a video.
        dtype: the context's dtype.
        budget_mib: memory for what is kept; 0 keeps nothing. It has no influence on the result.
    """

    def __init__(self, eyes: Eyes, most: int, dtype: str, budget_mib: int = 0) -> None:
        self._eyes, self._most, self._dtype = eyes, most, dtype
        self._left = budget_mib * MIB
        self._kept: dict[str, Seen] = {}

    @torch.no_grad()
    def __call__(self, video: Video) -> Seen:
        """The video's frames, at the rate of the dataset."""
        if video.id in self._kept:
            return self._kept[video.id]
        steps = chosen_steps(video.steps, self._most)
        weight = next(self._eyes.parameters())
        parts = []
        for start in range(0, len(steps), FRAMES_AT_ONCE):
            pixels = read_pixels(video, steps[start : start + FRAMES_AT_ONCE], self._eyes.side)
            with autocast(weight.device, self._dtype):
                parts.append(self._eyes(normalise(pixels).to(weight.device, weight.dtype)).cpu())
        tokens = torch.cat(parts)
        seen = Seen(tokens, steps, times_of(video, steps))
        size = tokens.numel() * tokens.element_size()
        if size <= self._left:
            self._left -= size
            self._kept[video.id] = seen
        return seen
