"""Writes the planted edition of Mr. HiSum: the generator's videos in the published layout.

A most-replayed curve is what many viewers found worth seeing again. Here it is the mean of simulated
annotators' ratings, on a scale from 0 to 1, told as YouTube tells it: in 100 bins a video, which are looked
up second by second.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.planted import TARGET, VideoScript, simulate, wide_features, write_script
from vsumbench.scoring.keyshots import keyshot_summary

from .metadata import COLUMNS
from .spec import H5, METADATA, PLANTED_SIZES, SPLIT

VIEWERS = 30
"""Simulated people whose ratings make a curve."""
BINS = 100
SHOT = 2.5
"""Seconds a shot is to last: scenes are cut into equal parts of about that, and three fit into the budget."""


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same arrays on every machine.

    Raises:
        OSError: the folder cannot be written.
    """
    total = sum(PLANTED_SIZES.values())
    rows: list[tuple[object, ...]] = []
    with h5py.File(folder / H5, "w") as file:
        for number in range(1, total + 1):
            script = planted_script(number)
            for key, values in arrays(script).items():
                file.create_dataset(f"video_{number}/{key}", data=values)
            rows.append(
                (
                    f"video_{number}",
                    f"plan{number % 40:04d}",
                    f"p{number:03d}",
                    script.id,
                    script.seconds,
                    50_000 + number,
                    [number % 100],
                )
            )
            if progress is not None:
                progress(number, total)
    with (folder / METADATA).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])
    split, first = {}, 1
    for part, size in PLANTED_SIZES.items():
        split[f"{part}_keys"] = [f"video_{number}" for number in range(first, first + size)]
        first += size
    (folder / SPLIT).write_text(json.dumps(split), encoding="utf-8")


def planted_script(number: int) -> VideoScript:
    """The script of `video_<number>`; its own id has 11 characters, as those of YouTube have."""
    return write_script(TARGET, f"mrhisum{number:04d}")


def arrays(script: VideoScript) -> dict[str, NDArray[np.generic]]:
    """The datasets of a video's group, named as in the published file."""
    scores, shots = most_replayed(script), change_points(script)
    inclusive = np.column_stack((shots[:, 0], shots[:, 1] - 1))
    return {
        "features": wide_features(script, per_second=1),
        "gtscore": scores,
        "change_points": shots,
        "gtsummary": keyshot_summary(scores, inclusive, script.seconds).astype(np.int64),
    }


def most_replayed(script: VideoScript) -> NDArray[np.float64]:
    """(seconds,) in [0, 1]: bin b holds the mean rating in its middle, second t reads bin 100 t / seconds."""
    mean = simulate(script, VIEWERS).ratings.mean(axis=0)
    scaled = (mean - mean.min()) / (mean.max() - mean.min())
    middles = ((2 * np.arange(BINS) + 1) * script.seconds) // (2 * BINS)
    looked_up = np.minimum(np.arange(script.seconds) * BINS // script.seconds, BINS - 1)
    curve: NDArray[np.float64] = scaled[middles][looked_up]
    return curve


def change_points(script: VideoScript) -> NDArray[np.int64]:
    """(S, 2) shots with exclusive ends, as the file has them: equal parts of the scenes, whatever happens
    there."""
    cuts = [0]
    for scene in script.scenes:
        parts = max(1, round(scene.seconds / SHOT))
        cuts += [scene.start + scene.seconds * part // parts for part in range(1, parts + 1)]
    return np.column_stack((cuts[:-1], cuts[1:])).astype(np.int64)
