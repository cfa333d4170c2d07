"""What the trained part of a network reads of a video: the output of the frozen part in front of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vsumbench.contracts import Video
from vsumbench.errors import MismatchError
from vsumbench.training.precision import autocast

from .frames import read_frames, sample_steps
from .keeping import Kept
from .tower_specs import READ

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
        tower: whose output the front gives, where a feature or the disk may hold it; None where that is
            nobody's.
        given: (video, T steps) → (T, ...) rows that are read in place of frames and front; None where frames
            are.
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
        tower: Kept | None = None,
        given: Callable[[Video, Sequence[int]], NDArray[np.float32]] | None = None,
    ) -> None:
        self._module, self._front, self._tower, self._given = module, front, tower, given
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
        seen = self._taken(video)
        size = seen.numel() * seen.element_size()
        if size <= self._left:
            self._left -= size
            self._kept[video.id] = seen
        return seen

    def _taken(self, video: Video) -> Tensor:
        """From the video's feature, from the disk, or from its frames."""
        if self._given is not None:
            chosen = self._given(video, sample_steps(video.steps, self._frames))
            return torch.from_numpy(chosen).to(self._kept_in)
        if self._tower is None:
            return self._computed(video)
        steps = sample_steps(video.steps, self._frames)
        rows = self._tower.offered(video, steps)
        if rows is None and video.frames is None:
            raise MismatchError(
                f"video {video.id!r} has neither frames nor the feature {self._tower.name!r} here.",
                f"Use an edition with frames, or extract the feature: --features {self._tower.extractor.id}.",
            )
        if rows is None:
            rows = self._tower.found(video, steps)
        if rows is None:
            seen = self._computed(video)
            if not self._tower.budget:
                return seen
            rows = self._tower.keep(video, steps, seen.float().numpy())
        return torch.from_numpy(rows).to(self._kept_in)

    def _computed(self, video: Video) -> Tensor:
        pixels = read_frames(video, self._frames, self._side)[None].to(self.device, self._kept_in)
        with autocast(self.device, self._dtype):
            seen: Tensor = self._front(pixels)[0].cpu()
        return seen

    @property
    def _kept_in(self) -> torch.dtype:
        return next(self._module.parameters()).dtype


def looks_at_features(videos: Sequence[Video]) -> bool:
    """Whether one of them comes with the image Q-Former's output as a feature."""
    return any(READ.output.name in video.features for video in videos)
