"""Writes the planted edition of VideoXum: the generator's videos in the published layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data import canonical_json
from vsumbench.planted import TARGET, VideoScript, sentences, simulate, step_features, write_script

from .reader import FEATURE_FOLDER
from .spec import PARTS

SIZES = {"train": 120, "validation": 30, "test": 60}
ANNOTATORS = 10


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write annotations and features of 210 videos into an empty folder; the same bytes on every machine.

    Raises:
        OSError: the folder cannot be written.
    """
    annotations, features = folder / "ActivityNet" / "anno", folder / FEATURE_FOLDER
    annotations.mkdir(parents=True)
    features.mkdir(parents=True)
    total, done = sum(SIZES.values()), 0
    for part, size in SIZES.items():
        records = []
        for _ in range(size):
            script = write_script(TARGET, f"v_planted{done:04d}")
            records.append(record(script))
            np.savez(features / f"{script.id}.npz", features=step_features(script))
            done += 1
            if progress is not None:
                progress(done, total)
        (annotations / PARTS[part]).write_text(canonical_json(records), encoding="utf-8")


def record(script: VideoScript) -> dict[str, Any]:
    """The record of a planted video, with the fields of a published one."""
    simulated = simulate(script, ANNOTATORS)
    told = sentences(script)
    return {
        "video_id": script.id,
        "duration": float(script.seconds),
        "sampled_frames": script.seconds,
        "timestamps": [[float(scene.start), float(scene.end)] for scene in script.scenes],
        # As published: sentences after the first start with a blank, so that plain joining gives a paragraph.
        "tsum": [told[0], *(f" {sentence}" for sentence in told[1:])],
        "vsum": simulated.spans.tolist(),
        "vsum_onehot": simulated.selections.astype(int).tolist(),
    }
