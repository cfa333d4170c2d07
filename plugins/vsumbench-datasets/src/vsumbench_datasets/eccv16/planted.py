"""Writes planted preprocessed files: the generator's videos under the published names, types and shapes.

Second s of a script is frames 30 s to 30 s + 29, and steps 2 s and 2 s + 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.planted import TARGET, Simulated, VideoScript, simulate, wide_features, write_script
from vsumbench.scoring.keyshots import keyshot_summary
from vsumbench_datasets.keyed import STEP

from .layout import LAYOUTS, NOMINAL_FPS, Layout

FRAMES = int(NOMINAL_FPS)
"""Frames of a second."""
SHOT = 2
"""Seconds after which a shot is cut where nothing happens; the last takes what is left, up to 3."""
RATERS = 20
CHOOSERS = 5
"""Annotators of OVP and YouTube."""


@dataclass(frozen=True)
class PlantedVideo:
    """What one group of a planted file is written from.

    Attributes:
        script: what happens.
        simulated: what its annotators said, second by second.
        shots: (S, 2) in frames, both ends inclusive.
    """

    script: VideoScript
    simulated: Simulated = field(repr=False)
    shots: NDArray[np.int64] = field(repr=False)

    @property
    def n_frames(self) -> int:
        """N."""
        return FRAMES * self.script.seconds

    def per_frame(self, per_second: NDArray[Any]) -> NDArray[Any]:
        """(…, seconds) as (…, N)."""
        return np.repeat(per_second, FRAMES, axis=-1)

    def summary(self, per_second: NDArray[Any]) -> NDArray[np.bool_]:
        """The keyshot summary (N,) of scores a second, as published ones are made: shots under 15 %."""
        scores = self.per_frame(per_second.astype(np.float64))
        return keyshot_summary(scores, self.shots, self.n_frames)


@dataclass(frozen=True)
class PlantedTold:
    """What is written of the annotators: gtscore (seconds,) and user summaries (U, N)."""

    gtscore: NDArray[np.float64]
    user_summary: NDArray[np.bool_]


Teller = Callable[[PlantedVideo], PlantedTold]


def rated(video: PlantedVideo) -> PlantedTold:
    """TVSum: each annotator's ratings become a keyshot summary; gtscore is the mean rating, 0 to 1."""
    ratings = video.simulated.ratings
    summaries = np.stack([video.summary(row) for row in ratings])
    return PlantedTold((ratings.mean(axis=0) - 1) / 4, summaries)


def chosen(video: PlantedVideo) -> PlantedTold:
    """SumMe, OVP, YouTube: what each annotator chose is the summary; gtscore is how many chose a step."""
    selections = video.simulated.selections
    return PlantedTold(selections.mean(axis=0), video.per_frame(selections))


TELLERS: dict[str, Teller] = {"tvsum": rated, "summe": chosen, "ovp": chosen, "youtube-39": chosen}


def annotators(layout: Layout, number: int) -> int:
    """How many people annotate the video of this (zero-based) number: within the published range."""
    if layout.annotators is None:
        return CHOOSERS
    low, high = layout.annotators
    return low + 7 * number % (high - low + 1)


def planted_video(layout: Layout, number: int) -> PlantedVideo:
    """One video of a planted file; its script's id is `tvsum_video_7` and the like."""
    script = write_script(TARGET, f"{layout.dataset.replace('-', '')}_{layout.ids[number]}")
    return PlantedVideo(script, simulate(script, annotators(layout, number)), planted_shots(script))


def planted_shots(script: VideoScript) -> NDArray[np.int64]:
    """(S, 2) shots in frames: cuts at scenes and highlights, and every two seconds between.

    Not segmented from the features, since sums over them may differ between machines in the last bit. The
    cuts between keep every shot below the budget of 15 %, and its length from telling what is in it.
    """
    marks = {0, script.seconds}
    for scene in script.scenes:
        marks |= {scene.start, scene.highlight_start, scene.highlight_end}
    edges: list[int] = []
    for start, end in pairwise(sorted(marks)):
        edges.append(start)
        edges.extend(range(start + SHOT, end - SHOT + 1, SHOT))
    bounds = FRAMES * np.asarray([*edges, script.seconds], dtype=np.int64)
    return np.stack((bounds[:-1], bounds[1:] - 1), axis=1)


def group_arrays(layout: Layout, number: int) -> dict[str, Any]:
    """Key → value of one group, in the published types."""
    video = planted_video(layout, number)
    told = TELLERS[layout.dataset](video)
    picks = np.arange(0, video.n_frames, STEP, dtype=np.int64)
    arrays: dict[str, Any] = {
        "features": wide_features(video.script, FRAMES // STEP),
        "gtscore": video.per_frame(told.gtscore)[picks].astype(np.float32),
        "user_summary": told.user_summary.astype(np.float32),
        "change_points": video.shots,
        "n_frame_per_seg": video.shots[:, 1] - video.shots[:, 0] + 1,
        "n_frames": np.int64(video.n_frames),
        "picks": picks,
        "n_steps": np.int64(len(picks)),
        "gtsummary": video.summary(told.gtscore)[picks].astype(np.float32),
    }
    if layout.names:
        arrays["video_name"] = np.bytes_(layout.names[number].encode("utf-8"))
    return arrays


def write_file(folder: Path, layout: Layout, told: Callable[[], None] = lambda: None) -> None:
    """Write the planted file of a dataset into a folder; `told` is called after each video.

    Raises:
        OSError: it cannot be written.
    """
    with h5py.File(folder / layout.file, "w") as file:
        for number, key in enumerate(layout.ids):
            group = file.create_group(key)
            for name, value in group_arrays(layout, number).items():
                packed = {"compression": "gzip"} if np.ndim(value) > 1 else {}
                group.create_dataset(name, data=value, **packed)
            told()


def write_files(
    folder: Path, datasets: tuple[str, ...], further: int = 0, progress: ProgressCallback | None = None
) -> Callable[[], None]:
    """Write the planted files of several datasets.

    Returns:
        What the caller calls after each of `further` steps of its own, for the progress shown.
    """
    total = sum(len(LAYOUTS[name].ids) for name in datasets) + further
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    for name in datasets:
        write_file(folder, LAYOUTS[name], step)
    return step
