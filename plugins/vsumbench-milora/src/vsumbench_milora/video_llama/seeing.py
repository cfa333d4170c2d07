"""What the trained part of a network reads of a video: the output of the frozen part in front of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from vsumbench.contracts import Video
from vsumbench.training.precision import autocast

from .frames import read_frames

MIB = 1 << 20


class Sight:
    """Frames of videos, through a frozen front; kept in memory as far as the budget goes.

    A video goes through the front by itself, never beside others, so what comes out depends neither on a
    batch nor on whether it was kept.

    Args:
        module: whose device is used.
        front: (1, T, 3, side, side) normalised pixels → (1, ...).
        frames: T.
        side: pixels.
        dtype: the context's dtype.
        budget_mib: memory for what is kept; 0 keeps nothing.
    """

    def __init__(
        self,
        module: nn.Module,
        front: Callable[[Tensor], Tensor],
        *,
        frames: int,
        side: int,
        dtype: str,
        budget_mib: int = 0,
    ) -> None:
        self._module, self._front = module, front
        self._frames, self._side, self._dtype = frames, side, dtype
        self._left = budget_mib * MIB
        self._kept: dict[str, Tensor] = {}

    @property
    def device(self) -> torch.device:
        """Where the module is now."""
        return next(self._module.parameters()).device

    def batch(self, videos: Sequence[Video]) -> Tensor:
        """(B, ...) for B videos, on the module's device."""
        return torch.stack([self._one(video) for video in videos]).to(self.device)

    @torch.no_grad()
    def _one(self, video: Video) -> Tensor:
        if video.id in self._kept:
            return self._kept[video.id]
        kept_in = next(self._module.parameters()).dtype
        pixels = read_frames(video, self._frames, self._side)[None].to(self.device, kept_in)
        with autocast(self.device, self._dtype):
            seen = self._front(pixels)[0].cpu()
        size = seen.numel() * seen.element_size()
        if size <= self._left:
            self._left -= size
            self._kept[video.id] = seen
        return seen
