"""Inputs of any declared type, made from nothing but a video's id: features, frames, text, longer videos.

They let a model be checked without its real data. They carry no signal, and no annotation is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vsumbench.contracts import (
    ANY_FEATURE,
    Annotations,
    Feature,
    FeatureSpec,
    Frame,
    Inputs,
    Seeds,
    TimedText,
    Video,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FREE_SIZE = 16
"""The width that stands for None in a feature's shape."""
FRAME_SHAPE = (48, 64, 3)
_WORDS = ("a", "red", "blue", "cube", "ball", "dog", "moves", "waits", "turns", "falls", "slowly", "again")

Reads = Counter[tuple[str, str]]
"""(video id, what was read) → how often."""


def with_inputs(video: Video, wanted: tuple[FeatureSpec, ...], reads: Reads) -> Video:
    """The video with every wanted feature it lacks, frames and timed text; each reading is counted."""
    features = dict(video.features)
    for spec in wanted:
        if spec.name == ANY_FEATURE and any(_is_like(one.spec, spec) for one in features.values()):
            continue
        if spec.name not in features or not _is_like(features[spec.name].spec, spec):
            shape = tuple(FREE_SIZE if side is None else side for side in spec.shape)
            typed = replace(spec, shape=shape)
            make = partial(make_feature, video.id, typed, video.steps)
            features[spec.name] = Feature(spec=typed, steps=video.steps, read=make)
    return replace(
        video,
        features={name: counted(feature, video.id, reads) for name, feature in features.items()},
        frames=partial(_counted_frames, video, reads, range(video.steps)),
        frames_at=partial(_counted_frames, video, reads),
        text=video.text or make_text(video),
    )


def only_declared(video: Video, inputs: Inputs | None) -> Video:
    """The video with nothing a model may read but what `inputs` declares; None declares nothing."""
    inputs = inputs or Inputs()
    names = {feature.name for feature in inputs.features}
    takes_any = ANY_FEATURE in names
    sees = inputs.frames or bool(inputs.tokens)
    return replace(
        video,
        features={name: feature for name, feature in video.features.items() if takes_any or name in names},
        frames=video.frames if sees else None,
        frames_at=video.frames_at if sees else None,
        text=video.text if inputs.text else (),
        change_points=video.change_points if inputs.change_points else None,
    )


def make_feature(video_id: str, spec: FeatureSpec, steps: int) -> NDArray[np.float32]:
    """(steps, *shape) values in [0, 1), the same at every reading."""
    shape = tuple(side or FREE_SIZE for side in spec.shape)
    values = Seeds(0).child("conformance", "feature", spec.name, video_id).generator().random((steps, *shape))
    array: NDArray[np.float32] = values.astype(spec.dtype)
    return array


def make_text(video: Video) -> tuple[TimedText, ...]:
    """A sentence every ten seconds, of words drawn by the video's id."""
    draw = Seeds(0).child("conformance", "text", video.id).generator()
    return tuple(
        TimedText(
            start=float(start),
            end=min(start + 10.0, video.duration),
            text=" ".join(_WORDS[i] for i in draw.integers(len(_WORDS), size=6)) + ".",
        )
        for start in range(0, max(1, int(video.duration)), 10)
    )


def counted(feature: Feature, video_id: str, reads: Reads) -> Feature:
    """The feature, each reading of which is counted."""
    return replace(feature, read=partial(_read_counted, feature.read, (video_id, feature.spec.name), reads))


def _read_counted(
    read: Callable[[], NDArray[np.float32]], key: tuple[str, str], reads: Reads
) -> NDArray[np.float32]:
    reads[key] += 1
    return read()


def _counted_frames(video: Video, reads: Reads, steps: Sequence[int]) -> Iterator[Frame]:
    """The frames of these steps, those of the video where it has any; each reading of each is counted."""
    for frame, step in zip(_frames(video, steps), steps, strict=True):
        reads[video.id, f"frame {step}"] += 1
        yield frame


def _frames(video: Video, steps: Sequence[int]) -> Iterator[Frame]:
    if video.frames is not None or video.frames_at is not None:
        yield from video.sampled_frames(steps)
        return
    for step in steps:
        # Drawn by the frame's own index, so that it is the same whether the others are asked for or not.
        index = int(video.picks[step])
        draw = Seeds(0).child("conformance", "frames", video.id, index).generator()
        pixels = draw.integers(0, 256, FRAME_SHAPE, dtype="uint8")
        yield Frame(index=index, time=float(index / video.fps), pixels=pixels)


def longer(video: Video, times: int) -> Video:
    """The video shown `times` times in a row: everything a model reads grows by that factor."""
    import numpy as np

    starts = np.arange(times)[:, None] * video.n_frames
    shots = video.change_points
    return replace(
        video,
        duration=video.duration * times,
        n_frames=video.n_frames * times,
        picks=(video.picks[None, :] + starts).reshape(-1),
        change_points=None if shots is None else (shots[None] + starts[..., None]).reshape(-1, 2),
        features={
            name: replace(feature, steps=feature.steps * times, read=partial(_tiled, feature.read, times))
            for name, feature in video.features.items()
        },
        frames=None if video.frames is None else partial(_repeated_frames, video, range(video.steps * times)),
        frames_at=None if video.frames_at is None else partial(_repeated_frames, video),
        text=tuple(
            replace(said, start=said.start + shift, end=said.end + shift)
            for shift in (video.duration * time for time in range(times))
            for said in video.text
        ),
    )


def _repeated_frames(video: Video, steps: Sequence[int]) -> Iterator[Frame]:
    """The frames of these steps of a video shown several times in a row, each read when it is due."""
    for step in steps:
        time, within = divmod(step, video.steps)
        (frame,) = video.sampled_frames([within])
        yield replace(
            frame, index=frame.index + time * video.n_frames, time=frame.time + time * video.duration
        )


def longer_annotations(annotations: Annotations, times: int) -> Annotations:
    """The annotations of `longer`, for reference rows."""
    import numpy as np

    rows, chosen = annotations.importance, annotations.user_summaries
    return replace(
        annotations,
        importance=None if rows is None else np.tile(rows, (1, times)),
        user_summaries=None if chosen is None else np.tile(chosen, (1, times)),
    )


def _tiled(read: Callable[[], NDArray[np.float32]], times: int) -> NDArray[np.float32]:
    import numpy as np

    values = read()
    return np.tile(values, (times, *([1] * (values.ndim - 1))))


def _is_like(offered: FeatureSpec, wanted: FeatureSpec) -> bool:
    return len(offered.shape) == len(wanted.shape) and all(
        w is None or o is None or w == o for w, o in zip(wanted.shape, offered.shape, strict=True)
    )
