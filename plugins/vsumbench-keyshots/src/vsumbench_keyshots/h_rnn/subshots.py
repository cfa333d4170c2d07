"""A video cut into subshots: how many steps each has."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vsumbench.contracts import Video
from vsumbench.errors import MismatchError

from .options import HRnnOptions


def lengths(steps: int, video: Video, options: HRnnOptions) -> Tensor:
    """(S,) steps of each subshot, all above 0, `steps` together.

    A shot between two sampled steps has none of them and is left out.

    Raises:
        MismatchError: shots are asked for and the video has none.
    """
    if options.segments == "fixed":
        full, rest = divmod(steps, options.length)
        return torch.tensor([options.length] * full + [rest] * (rest > 0))
    if video.change_points is None:
        raise MismatchError(
            f"model 'h-rnn' with segments=shots needs shots; video {video.id!r} has none.",
            "Use videos with shot boundaries, or --set segments=fixed.",
        )
    shot_of = np.searchsorted(video.change_points[:, 0], video.picks, side="right")
    return torch.from_numpy(np.unique(shot_of, return_counts=True)[1])


def means(values: Tensor, sizes: Tensor) -> Tensor:
    """(S,) the mean of values (T,) within each subshot."""
    owner = torch.arange(len(sizes), device=values.device).repeat_interleave(sizes.to(values.device))
    total = values.new_zeros(len(sizes)).index_add(0, owner, values)
    return total / sizes.to(total)
