"""Small pictures of a video as data URIs: the common strip and key frames, each frame decoded once."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Video

_WIDTH, _HEIGHT = 192, 144


@dataclass(frozen=True)
class Picture:
    """The frame of a sampled step: its seconds, and `data:image/jpeg;base64,…`."""

    step: int
    time: float
    uri: str = field(repr=False)


@dataclass(frozen=True)
class Album:
    """Pictures by sampled step, in order; `reason` says why there are none."""

    pictures: Mapping[int, Picture] = field(default_factory=dict, repr=False)
    reason: str = ""

    def of(self, steps: Iterable[int]) -> tuple[Picture, ...]:
        """The pictures of these steps; none where the album has none."""
        return tuple(self.pictures[step] for step in steps) if self.pictures else ()


def nearest_steps(pick_times: NDArray[np.floating], times: Sequence[float]) -> tuple[int, ...]:
    """The sampled step nearest to each time in seconds, the earlier of two as near."""
    return tuple(int(np.abs(pick_times - one).argmin()) for one in times)


def cell_steps(pick_times: NDArray[np.floating], duration: float, count: int) -> tuple[int, ...]:
    """The sampled step nearest to the middle of each of `count` equal cells; no more cells than steps."""
    count = min(count, len(pick_times))
    middles = (np.arange(count) + 0.5) * duration / max(count, 1)
    return nearest_steps(pick_times, middles.tolist())


def why_no_frames(video: Video, count: int) -> str:
    """Why no picture of the video can be had, or the empty string."""
    if count <= 0:
        return "Frames were not asked for."
    if video.frames is None and video.frames_at is None:
        return "This edition of the dataset has no frames of the video."
    try:
        import PIL.Image  # noqa: F401  (whether it is there is what is asked)
    except ImportError:
        return "Frames need Pillow: pip install 'vsumbench[video]'."
    return ""


def album_of(video: Video, steps: Iterable[int], count: int) -> Album:
    """Pictures of these sampled steps in one pass over the video; no frame is kept, none decoded twice.

    Raises:
        DataDamagedError: a frame cannot be decoded.
    """
    if reason := why_no_frames(video, count):
        return Album(reason=reason)
    from PIL import Image

    wanted = sorted(set(steps))
    drawn: dict[int, Picture] = {}
    for step, frame in zip(wanted, video.sampled_frames(wanted), strict=True):
        image = Image.fromarray(frame.pixels)
        image.thumbnail((_WIDTH, _HEIGHT))
        held = io.BytesIO()
        image.convert("RGB").save(held, "JPEG", quality=78, optimize=True)
        uri = "data:image/jpeg;base64," + base64.b64encode(held.getvalue()).decode()
        drawn[step] = Picture(step, float(frame.time), uri)
    return Album(drawn)
