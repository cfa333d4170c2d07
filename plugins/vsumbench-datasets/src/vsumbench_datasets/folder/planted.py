"""Writes the planted edition: short clips of planted scripts in many containers, annotated in our schema.

One second of a script lasts half a second of its clip, so that step k of two a second shows second k.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import TimedText
from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data.subtitles import write_srt
from vsumbench.data.video import encode
from vsumbench.planted import VideoScript, sentences, simulate, write_script
from vsumbench.planted.render import render
from vsumbench.planted.world import TOY

from .spec import PLANTED_ANNOTATORS, PLANTED_VIDEOS, SPLITS_FILE, STEPS_A_SECOND

STEP = 1 / STEPS_A_SECOND
FORMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mp4", {}),
    ("mp4", {"tone": 440.0}),
    ("mkv", {"gop": 5}),
    ("webm", {"codec": "libvpx-vp9"}),
    ("mov", {"codec": "mpeg4", "rotation": 90}),
    ("avi", {"codec": "mpeg4"}),
    ("mp4", {"vary": True}),
    ("mkv", {"tone": 330.0, "rotation": 180}),
)
"""Container and settings of the clips, taken in turn: with and without sound, turned, of a varying rate."""
PARTS = (12, 3, 5)
"""Clips that train, validate and test in splits.json."""
PER_STEP = (5, 6)
"""Frames of a step: 10 or 12 a second."""


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder.

    The same bytes on one machine with one build of FFmpeg; other builds may encode otherwise, which the
    fingerprint shows: it is over the bytes of the files.

    Raises:
        UnavailableError: PyAV, or one of its encoders, is not there.
        OSError: the folder cannot be written.
    """
    ids = []
    for number in range(PLANTED_VIDEOS):
        ids.append(_write(folder, number))
        if progress is not None:
            progress(number + 1, PLANTED_VIDEOS)
    train, validation = PARTS[0], PARTS[0] + PARTS[1]
    folds = [
        {"name": "own", "train": ids[:train], "validation": ids[train:validation], "test": ids[validation:]}
    ]
    (folder / SPLITS_FILE).write_text(json.dumps(folds, indent=1), encoding="utf-8")


def script_of(number: int) -> VideoScript:
    """The script of a clip."""
    return write_script(TOY, f"folder{number:02d}")


def frames_of(script: VideoScript, per_step: int) -> Iterator[NDArray[np.uint8]]:
    """Every frame of a clip: each drawn second stands for `per_step` frames."""
    for pixels in render(script, range(script.seconds)):
        yield from [pixels] * per_step


def told_of(script: VideoScript, form: int) -> dict[str, Any]:
    """The annotation file of a clip; importance is written on steps and as segments in turn."""
    simulated = simulate(script, PLANTED_ANNOTATORS)
    ratings = simulated.ratings.tolist()
    importance: dict[str, Any] = {"on": "steps", "values": ratings}
    if form % 2:
        importance = {"on": "segments", "values": [_segments(row) for row in ratings]}
    chosen = [
        [[start, end] for start, end, score in _segments(row) if score]
        for row in simulated.selections.tolist()
    ]
    told = sentences(script)
    captions = [
        [scene.start * STEP, scene.end * STEP, sentence]
        for scene, sentence in zip(script.scenes, told, strict=True)
    ]
    return {
        "importance": importance,
        "summaries": chosen,
        "texts": [" ".join(told), " ".join(sentences(script, 1))],
        "captions": [captions],
        "cuts": [scene.start * STEP for scene in script.scenes[1:]],
    }


def _write(folder: Path, number: int) -> str:
    script = script_of(number)
    suffix, form = FORMS[number % len(FORMS)]
    settings = dict(form)
    per_step = PER_STEP[number % len(PER_STEP)]
    place = folder / ("first" if number < PLANTED_VIDEOS // 2 else "second part")
    place.mkdir(exist_ok=True)
    path = place / f"{script.id}.{suffix}"
    fps = per_step * STEPS_A_SECOND
    if settings.pop("vary", False):
        settings["times"] = _varied(script.seconds, per_step)
    encode(path, frames_of(script, per_step), fps, **settings)
    path.with_suffix(".json").write_text(json.dumps(told_of(script, number)), encoding="utf-8")
    if number % 2:
        cues = [
            TimedText(start=scene.start * STEP, end=scene.end * STEP, text=sentence)
            for scene, sentence in zip(script.scenes, sentences(script, 2), strict=True)
        ]
        write_srt(path.with_suffix(".en.srt" if number % 4 == 1 else ".srt"), cues)
    return path.relative_to(folder).with_suffix("").as_posix()


def _varied(steps: int, per_step: int) -> list[float]:
    """Times at which the frames of each step crowd into its first half, then pause."""
    return [step * STEP + frame * STEP / 2 / per_step for step in range(steps) for frame in range(per_step)]


def _segments(row: list[Any]) -> list[list[float]]:
    """Runs of one value as [start, end, value]."""
    bounds = [0, *(at for at in range(1, len(row)) if row[at] != row[at - 1]), len(row)]
    return [[start * STEP, end * STEP, row[start]] for start, end in itertools.pairwise(bounds)]
