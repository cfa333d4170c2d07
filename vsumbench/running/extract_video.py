"""One video through an extractor: its feature, read from the cache or made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from vsumbench.contracts import Feature, Frame, Video
from vsumbench.data.features import FeatureCache
from vsumbench.errors import DataDamagedError, PluginError

from .extractors import Extraction, offers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Notice = Callable[[str], None]


def say(line: str) -> None:
    """A notice on standard error, where no reporter is at hand."""
    print(f"vsumbench: {line}", file=sys.stderr, flush=True)


def extracted(video: Video, extraction: Extraction, cache: FeatureCache, notice: Notice = say) -> Feature:
    """The feature of a video, lazily: the edition's own where it has it, else from the cache, else extracted.

    Nothing is decoded before `read()`, and nothing at all where the cache holds the video. What an extractor
    without frames reads from given files is read there each time and not kept twice.
    """
    if offers(video, extraction.output):
        return video.features[extraction.output.name]
    read = partial(kept_or_made, video, extraction, cache, notice)
    return Feature(spec=extraction.output, steps=video.steps, read=read)


def kept_or_made(
    video: Video, extraction: Extraction, cache: FeatureCache, notice: Notice = say
) -> NDArray[np.float32]:
    """The array (steps, *shape), from the cache or extracted and kept; a damaged file is told and made again.

    Raises:
        MismatchError: a video without frames.
        DataMissingError, DataDamagedError: its file cannot be read or ends early.
        PluginError: the extractor gave something else than it declares.
        StorageError, DiskFullError: the cache cannot be written.
    """
    if not extraction.spec.frames:
        return make(video, extraction)
    key = extraction.key(video)
    try:
        found = cache.get(key, extraction.output, video.steps)
    except DataDamagedError:
        found = None  # Said below, unless another process has mended it by then.
    if found is not None:
        return found
    with cache.working(key):
        try:
            found = cache.get(key, extraction.output, video.steps)
        except DataDamagedError as error:
            notice(f"{error.message} It is extracted again.")
        if found is None:
            found = make(video, extraction)
            cache.put(key, found, facts(video, extraction))
    return found


def make(video: Video, extraction: Extraction) -> NDArray[np.float32]:
    """Run the extractor over a video: (steps, *shape), finite.

    Raises:
        DataDamagedError: the video ends before its steps do.
        PluginError: rows of another shape or type, too many, too few, or not finite.
    """
    import numpy as np

    shape, what = extraction.output.shape, f"extractor {extraction.spec.id!r}, video {video.id!r}"
    array = np.empty((video.steps, *(side or 0 for side in shape)), dtype=np.float32)
    seen = _Counted(video)
    done = 0
    for block in extraction.build().extract(seen.video):
        if block.dtype != np.float32 or block.shape[1:] != array.shape[1:]:
            raise PluginError(
                f"{what}: rows of {block.dtype} {block.shape[1:]}; declared is float32 {shape}."
            )
        if done + len(block) > video.steps:
            raise PluginError(f"{what}: more than {video.steps} rows, one for each step.")
        if not np.isfinite(block).all():
            raise PluginError(f"{what}: a row with NaN or infinity.", "See whether its weights are whole.")
        array[done : done + len(block)] = block
        done += len(block)
    if done < video.steps and extraction.spec.frames and seen.frames < video.steps:
        raise DataDamagedError(
            f"video {video.id!r}: {seen.frames} frames were decoded for {video.steps} steps.",
            "Get the video file again; it is shorter than it says.",
        )
    if done < video.steps:
        raise PluginError(f"{what}: {done} rows for {video.steps} steps.")
    return array


def counted(video: Video, told: Callable[[], None]) -> Video:
    """The video, with `told` called for each of its frames that is decoded."""

    def frames(source: Callable[..., Iterator[Frame]], *steps: Sequence[int]) -> Iterator[Frame]:
        for frame in source(*steps):
            told()
            yield frame

    return replace(
        video,
        frames=None if video.frames is None else partial(frames, video.frames),
        frames_at=None if video.frames_at is None else partial(frames, video.frames_at),
    )


def facts(video: Video, extraction: Extraction) -> Mapping[str, Any]:
    """What is written beside an array: whose it is, and with what it was made. No time and no place."""
    return {
        "video": video.id,
        "feature": extraction.output.name,
        "extractor": extraction.spec.id,
        "steps": video.steps,
        "seconds": round(float(video.duration), 3),
        "versions": {name: found for name in ("vsumbench", "torch", "numpy") if (found := _version(name))},
    }


class _Counted:
    def __init__(self, video: Video) -> None:
        self.frames = 0
        self.video = counted(video, self._one)

    def _one(self) -> None:
        self.frames += 1


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
