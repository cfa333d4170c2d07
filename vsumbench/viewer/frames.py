"""The strip of frames: small pictures at the middle of equal cells of the video, as data URIs."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Video

_WIDTH, _HEIGHT = 240, 180


@dataclass(frozen=True)
class Strip:
    """Pictures of equal cells of the video, in order; `reason` says why there are none.

    Attributes:
        times: seconds of each picture.
        uris: `data:image/jpeg;base64,…` of each.
    """

    times: tuple[float, ...] = ()
    uris: tuple[str, ...] = field(default=(), repr=False)
    reason: str = ""


def cell_steps(pick_times: NDArray[np.floating], duration: float, count: int) -> tuple[int, ...]:
    """The sampled step nearest to the middle of each of `count` equal cells; no more cells than steps."""
    count = min(count, len(pick_times))
    middles = (np.arange(count) + 0.5) * duration / max(count, 1)
    return tuple(int(np.abs(pick_times - middle).argmin()) for middle in middles)


def strip_of(video: Video, count: int) -> Strip:
    """At most `count` pictures; frames are read one after another and none is kept.

    Raises:
        DataDamagedError: a frame cannot be decoded.
    """
    if count <= 0:
        return Strip(reason="Frames were not asked for.")
    if video.frames is None and video.frames_at is None:
        return Strip(reason="This edition of the dataset has no frames of the video.")
    try:
        from PIL import Image
    except ImportError:
        return Strip(reason="Frames need Pillow: pip install 'vsumbench[video]'.")
    steps = cell_steps(video.pick_times, video.duration, count)
    wanted = sorted(set(steps))
    drawn: dict[int, tuple[float, str]] = {}
    for step, frame in zip(wanted, video.sampled_frames(wanted), strict=True):
        image = Image.fromarray(frame.pixels)
        image.thumbnail((_WIDTH, _HEIGHT))
        held = io.BytesIO()
        image.convert("RGB").save(held, "JPEG", quality=80, optimize=True)
        uri = "data:image/jpeg;base64," + base64.b64encode(held.getvalue()).decode()
        drawn[step] = (float(frame.time), uri)
    return Strip(tuple(drawn[step][0] for step in steps), tuple(drawn[step][1] for step in steps))
