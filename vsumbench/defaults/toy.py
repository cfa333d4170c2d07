"""The toy dataset: twelve planted videos in memory, for conformance checks, tutorials and tests of plugins.

In the shape of TVSum (30 fps, every 15th frame a step, shots, ratings of every frame) with texts beside.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, EditionStatus, Feature, Fold, TimedText, Video
from vsumbench.data import sha256_arrays, sha256_json
from vsumbench.errors import UnknownSettingError
from vsumbench.planted import VERSION, VideoScript, sentences, simulate, step_features, write_script
from vsumbench.planted.world import TOY as MIX

from .toy_spec import ANNOTATORS, TOY, TOY_8, VIDEOS

FPS = 30
STEP = 15
SHOT_SECONDS = 2
COLUMNS = (9, 10, 11, 12, 13, 14, 15, 18)
"""Of the 20 planted features: motion, count, burst, event, and one of noise alone."""
IDS = tuple(f"toy_{number:02d}" for number in range(1, VIDEOS + 1))


class Toy:
    """The planted edition. Nothing is on disk; every answer follows from the generator's version."""

    def status(self) -> EditionStatus:
        """Always whole."""
        return EditionStatus(present=IDS)

    def fingerprint(self) -> str:
        """Over what models and scoring read."""
        return _fingerprint()

    def video_ids(self) -> tuple[str, ...]:
        """`toy_01` … `toy_12`."""
        return IDS

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """Three folds that partition the videos, or one that tests all.

        Raises:
            UnknownSettingError: there is no such split set.
        """
        if split_set == "all":
            return (Fold("all", (), IDS),)
        if split_set != "folds":
            raise UnknownSettingError.about(
                "toy split set",
                split_set,
                [split.id for split in TOY.split_sets],
                where="vsumbench info toy",
            )
        tests = [IDS[start::3] for start in range(3)]
        return tuple(
            Fold(f"fold{number}", tuple(video for video in IDS if video not in test), test)
            for number, test in enumerate(tests)
        )

    def video(self, video_id: str) -> Video:
        """One video with shots and the feature `toy-8`."""
        script = _script(video_id)
        frames = script.seconds * FPS
        picks = np.arange(0, frames, STEP, dtype=np.int64)
        return Video(
            id=video_id,
            duration=float(script.seconds),
            fps=float(FPS),
            n_frames=frames,
            picks=picks,
            change_points=_shots(script),
            features={
                TOY_8.name: Feature(spec=TOY_8, steps=len(picks), read=partial(_features, video_id)),
            },
        )

    def annotations(self, video_id: str) -> Annotations:
        """Ratings (6, N) of 1 to 5, each annotator's keyshots, and two texts of other wording."""
        script = _script(video_id)
        ratings = simulate(script, ANNOTATORS).ratings.repeat(FPS, axis=1).astype(np.float64)
        shots = _shots(script)
        captions = tuple(_captions(script, wording) for wording in (0, 1))
        return Annotations(
            video_id=video_id,
            importance=ratings,
            grid="frames",
            user_summaries=np.stack([_keyshots(row, shots) for row in ratings]),
            texts=tuple(" ".join(sentence.text for sentence in told) for told in captions),
            captions=captions,
        )


@cache
def _script(video_id: str) -> VideoScript:
    if video_id not in IDS:
        raise UnknownSettingError.about("toy video", video_id, IDS, where="vsumbench data status toy")
    return write_script(MIX, video_id)


def _features(video_id: str) -> NDArray[np.float32]:
    return step_features(_script(video_id), FPS // STEP)[:, COLUMNS]


def _captions(script: VideoScript, wording: int) -> tuple[TimedText, ...]:
    told = sentences(script, wording)
    return tuple(
        TimedText(start=float(scene.start), end=float(scene.end), text=sentence)
        for scene, sentence in zip(script.scenes, told, strict=True)
    )


def _shots(script: VideoScript) -> NDArray[np.int64]:
    """(S, 2) shots of two or three seconds within scenes, as native frames, both ends inclusive."""
    starts: list[int] = []
    for scene in script.scenes:
        count = scene.seconds // SHOT_SECONDS
        starts.extend(scene.start + SHOT_SECONDS * shot for shot in range(count))
    edges = np.asarray([*starts, script.seconds], dtype=np.int64) * FPS
    return np.stack([edges[:-1], edges[1:] - 1], axis=1)


def _keyshots(ratings: NDArray[np.float64], shots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) the best-rated shots, earlier ones first among equals, as long as they fit 15 % of the frames."""
    chosen = np.zeros(len(ratings), dtype=np.bool_)
    left = 3 * len(ratings) // 20
    means = [ratings[start : end + 1].mean() for start, end in shots]
    for shot in np.argsort(-np.asarray(means), kind="stable"):
        start, end = shots[shot]
        if end + 1 - start <= left:
            chosen[start : end + 1] = True
            left -= int(end + 1 - start)
    return chosen


@cache
def _fingerprint() -> str:
    toy, parts = Toy(), []
    for video_id in IDS:
        video, told = toy.video(video_id), toy.annotations(video_id)
        assert video.change_points is not None and told.importance is not None
        assert told.user_summaries is not None
        arrays: dict[str, NDArray[np.generic]] = {
            "features": video.features[TOY_8.name].read(),
            "picks": video.picks,
            "change_points": video.change_points,
            "importance": told.importance,
            "user_summaries": told.user_summaries,
        }
        parts.append([video_id, video.duration, sha256_arrays(arrays), list(told.texts)])
    return sha256_json([VERSION, parts])


def open_toy(folder: Path, edition: str) -> Toy:
    """Open the toy dataset; `folder` is not read."""
    return Toy()
