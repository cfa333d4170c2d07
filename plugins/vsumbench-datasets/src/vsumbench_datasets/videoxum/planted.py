"""Writes the planted editions of VideoXum: the generator's videos in the published layout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data import canonical_json
from vsumbench.planted import TARGET, VideoScript, sentences, simulate, write_script

from .generated import write_features
from .reader import FEATURE_FOLDER
from .spec import PARTS, PLANTED_SIZES

ANNOTATORS = 10


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same bytes on every machine.

    Frames are not written: they follow from the id, and the reader draws those that are asked for.

    Raises:
        OSError: the folder cannot be written.
    """
    _make("planted", folder, progress)


def make_xl(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted-xl`: other videos of the same mix, eight times as many.

    Raises:
        OSError: the folder cannot be written.
    """
    _make("planted-xl", folder, progress)


def _make(edition: str, folder: Path, progress: ProgressCallback | None) -> None:
    annotations, features = folder / "ActivityNet" / "anno", folder / FEATURE_FOLDER
    annotations.mkdir(parents=True)
    features.mkdir(parents=True)
    sizes, prefix = PLANTED_SIZES[edition], f"v_{edition.replace('-', '')}"
    total, done = sum(sizes.values()), 0
    for part, size in sizes.items():
        records = []
        for _ in range(size):
            script = write_script(TARGET, f"{prefix}{done:05d}")
            records.append(record(script))
            write_features(script, features)
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
