"""Writes the planted edition of ActivityNet Captions: the generator's videos in the published layout."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data import canonical_json
from vsumbench.planted import TARGET, VideoScript, sentences, write_script
from vsumbench_datasets.videoxum.generated import write_features

from .reader import FEATURE_FOLDER
from .spec import ENTITIES_FILES, PLANTED_SIZES

LATER = 1
"""Seconds by which the second person sees a cut later than the first."""
UNTOLD = 25
"""One validation video in so many has no second person, as a few of the published ones."""


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same bytes on every machine.

    Frames are not written: they follow from the id, and the reader draws those that are asked for.

    Raises:
        OSError: the folder cannot be written.
    """
    features = folder / FEATURE_FOLDER
    features.mkdir(parents=True)
    files: dict[str, dict[str, Any]] = {"train.json": {}, "val_1.json": {}, "val_2.json": {}}
    for names in ENTITIES_FILES.values():
        files.update({name: {} for name in names})
    total = sum(PLANTED_SIZES.values())
    for done in range(total):
        script = write_script(TARGET, planted_id(done))
        write_features(script, features)
        held = done - PLANTED_SIZES["train"]
        if held < 0:
            files["train.json"][script.id] = entry(script)
        else:
            listed = ENTITIES_FILES["test" if held % 2 else "val"]
            people = (0,) if held % UNTOLD == UNTOLD - 1 else (0, 1)
            for person in people:
                told = entry(script, person)
                files[f"val_{person + 1}.json"][script.id] = files[listed[person]][script.id] = told
        if progress is not None:
            progress(done + 1, total)
    for name, entries in files.items():
        (folder / name).write_text(canonical_json(entries), encoding="utf-8")


def planted_id(number: int) -> str:
    """`v_` and 11 characters, as published; no video of another planted edition has it."""
    return f"v_anetplan{number:03d}"


def entry(script: VideoScript, person: int = 0) -> dict[str, Any]:
    """What one person says of a planted video, with the fields of a published entry.

    The second one tells the same scenes in other words and sees each cut a second later.
    """
    cuts = [scene.start for scene in script.scenes[1:]]
    marks = [0, *(cut + LATER * person for cut in cuts), script.seconds]
    told = sentences(script, person)
    return {
        "duration": float(script.seconds),
        "timestamps": [[float(start), float(end)] for start, end in pairwise(marks)],
        # As published: sentences after the first start with a blank, so that plain joining gives a paragraph.
        "sentences": [told[0], *(f" {sentence}" for sentence in told[1:])],
    }
