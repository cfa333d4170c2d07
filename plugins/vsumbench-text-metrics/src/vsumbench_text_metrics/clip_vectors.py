"""Vectors of a video's sampled frames: read where they are stored, else made once and kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Encoder, Feature, Video
from vsumbench.errors import DataDamagedError, MismatchError

FRAMES_AT_ONCE = 32
KEPT_BYTES = 256 << 20
"""Room for vectors of the videos met last, for each encoder."""


class _Kept:
    """Vectors by video, those used least recently dropped first."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def get(self, key: str) -> NDArray[np.float32] | None:
        found = self._vectors.get(key)
        if found is not None:
            self._vectors.move_to_end(key)
        return found

    def put(self, key: str, vectors: NDArray[np.float32]) -> None:
        self._vectors[key] = vectors
        while len(self._vectors) > 1 and sum(v.nbytes for v in self._vectors.values()) > KEPT_BYTES:
            self._vectors.popitem(last=False)


_kept: WeakKeyDictionary[Encoder, _Kept] = WeakKeyDictionary()


def frame_vectors(video: Video, encoder: Encoder, name: str) -> NDArray[np.float32]:
    """(T, dim) vectors of the sampled frames as the encoder gives them, not normalised.

    A stored feature is read where its extractor is the encoder `name`; otherwise the frames are decoded, once
    a video and encoder as long as there is room.

    Raises:
        MismatchError: neither such a feature nor frames; or as many vectors as steps are not to be had.
        DataDamagedError: the frames end before the steps do.
    """
    stored = next((f for f in video.features.values() if f.spec.extractor == name), None)
    if stored is not None:
        return _read(stored, video)
    kept = _room(encoder)
    key = _identity(video)
    found = kept.get(key)
    if found is None:
        found = _encoded(video, encoder, name)
        kept.put(key, found)
    return found


def _room(encoder: Encoder) -> _Kept:
    try:
        return _kept.setdefault(encoder, _Kept())
    except TypeError:  # It compares by value, or cannot be referred to weakly: nothing is kept for it.
        return _Kept()


def _read(feature: Feature, video: Video) -> NDArray[np.float32]:
    if feature.steps != video.steps or len(feature.spec.shape) != 1:
        raise MismatchError(
            f"feature {feature.spec.name!r} of video {video.id!r} has {feature.steps} steps of shape "
            f"{feature.spec.shape}; expected a vector for each of its {video.steps} steps.",
            "Extract it again; nothing is cut to the shorter of the two.",
        )
    return feature.read()


def _encoded(video: Video, encoder: Encoder, name: str) -> NDArray[np.float32]:
    if video.frames is None and video.frames_at is None:
        raise MismatchError(
            f"video {video.id!r} has no frames here, and no stored feature of {name!r}.",
            "Use an edition that has frames or that feature.",
        )
    blocks = [encoder.pooled_images(block) for block in _pixels(video)]
    count = sum(map(len, blocks))
    if count != video.steps:
        raise DataDamagedError(
            f"video {video.id!r}: {count} frames were decoded for {video.steps} steps.",
            "Fetch the video file again; it is shorter than its annotations say.",
        )
    return np.concatenate(blocks) if blocks else np.zeros((0, 0), dtype=np.float32)


def _pixels(video: Video) -> Iterator[list[NDArray[np.uint8]]]:
    frames = video.sampled_frames(range(video.steps))
    while block := [frame.pixels for frame in islice(frames, FRAMES_AT_ONCE)]:
        yield block


def _identity(video: Video) -> str:
    """The id alone is not enough: two datasets may both have a `video_1`."""
    facts = (video.id, video.duration, video.fps, video.n_frames)
    return hashlib.sha256(repr(facts).encode() + np.asarray(video.picks).tobytes()).hexdigest()
