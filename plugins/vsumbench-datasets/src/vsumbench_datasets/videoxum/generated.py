"""Videos of planted editions with a step a second: features in npz files, frames drawn on demand.

The planted editions of VideoXum, ActivityNet Captions and Instruct-V2Xum share it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Feature, Video
from vsumbench.data import check_finite, check_shape, read_npz, sha256_arrays, sha256_json
from vsumbench.planted import LOOK_VERSION, PLANTED_20, VideoScript, step_features

from .frames import draw, drawn_from

LOOKED_AT = 4
"""Videos whose first frame enters the fingerprint: they tell whether the generator still draws the same."""


def write_features(script: VideoScript, folder: Path) -> None:
    """Write `planted-20` of a video as `<id>.npz`, array `features` (seconds, 20)."""
    np.savez(folder / f"{script.id}.npz", features=step_features(script))


def generated_video(video_id: str, duration: float, steps: int, features: Path) -> Video:
    """A video of `steps` seconds whose feature lies in the folder `features`. Frame t is second t."""
    read = partial(_read_features, features / f"{video_id}.npz", steps)
    return Video(
        id=video_id,
        duration=duration,
        fps=1.0,
        n_frames=steps,
        picks=np.arange(steps, dtype=np.int64),
        features={PLANTED_20.name: Feature(spec=PLANTED_20, steps=steps, read=read)},
        frames=partial(draw, video_id, range(steps)),
        frames_at=partial(draw, video_id),
        source=partial(drawn_from, video_id),
    )


def generated_digest(files: str, ids: Sequence[str], video: Callable[[str], Video]) -> str:
    """The fingerprint of a planted edition: its annotation files, its features and how its frames look.

    Args:
        files: sha256 over the annotation files.
        ids: all ids, in the edition's order.
        video: gives a video by its id.
    """
    # Arrays, not the bytes of npz files: those depend on the version of Python that wrote the archive.
    features = {video_id: video(video_id).features[PLANTED_20.name].read() for video_id in ids}
    looks = {video_id: next(draw(video_id, (0,))).pixels for video_id in ids[:LOOKED_AT]}
    return sha256_json([files, sha256_arrays(features), LOOK_VERSION, sha256_arrays(looks)])


def _read_features(path: Path, steps: int) -> NDArray[np.float32]:
    features = read_npz(path, "features")
    check_shape(features, (steps, *PLANTED_20.shape), path, "features")
    check_finite(features, path, "features")
    return features.astype(np.float32, copy=False)
