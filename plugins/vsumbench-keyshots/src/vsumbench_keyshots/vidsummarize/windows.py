"""Long videos in windows of equal length, and one score a step from them."""

from __future__ import annotations

import torch
from torch import Tensor


def window_starts(steps: int, window: int, overlap: int) -> list[int]:
    """Where windows begin: `window - overlap` steps apart, the last one so that it ends with the video.

    A video of no more steps than a window, or any video with `window` 0, is one window.
    """
    if window == 0 or steps <= window:
        return [0]
    last = steps - window
    return [*range(0, last, window - overlap), last]


def windows(rows: Tensor, starts: list[int], window: int) -> Tensor:
    """(windows, length, width) of rows (T, width)."""
    if len(starts) == 1:
        return rows[None]
    return torch.stack([rows[start : start + window] for start in starts])


def averaged(scores: Tensor, starts: list[int], steps: int) -> Tensor:
    """(T,) from scores (windows, length): the mean over the windows that a step is in."""
    if len(starts) == 1:
        return scores[0]
    length = scores.shape[1]
    offsets = torch.arange(length, device=scores.device)
    places = (torch.tensor(starts, device=scores.device)[:, None] + offsets).flatten()
    total = scores.new_zeros(steps).index_add(0, places, scores.flatten())
    times = torch.bincount(places, minlength=steps)
    return total / times.to(total.dtype)
