"""Writes the planted edition of Instruct-V2Xum: the generator's videos as conversations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import ProgressCallback
from vsumbench.data import canonical_json
from vsumbench.planted import TARGET, VideoScript, sentences, simulate, write_script
from vsumbench_datasets.videoxum.generated import write_features

from .reader import FEATURE_FOLDER
from .spec import PARTS, PLANTED_SIZES

INSTRUCTION = "<video>\nSummarize this video in frames and in words."


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """Write edition `planted` into an empty folder; the same bytes on every machine.

    Frames are not written: they follow from the id, and the reader draws those that are asked for.

    Raises:
        OSError: the folder cannot be written.
    """
    features = folder / FEATURE_FOLDER
    features.mkdir(parents=True)
    total, done = sum(PLANTED_SIZES.values()), 0
    for part, size in PLANTED_SIZES.items():
        records = []
        for _ in range(size):
            script = write_script(TARGET, planted_id(done))
            write_features(script, features)
            records.append(record(script))
            done += 1
            if progress is not None:
                progress(done, total)
        name = f"{PARTS[part][-1]}.json"
        (folder / name).write_text(canonical_json(records), encoding="utf-8")


def planted_id(number: int) -> str:
    """Eleven characters, as the ids of YouTube have; no video of another planted edition has it."""
    return f"instruct{number:03d}"


def record(script: VideoScript) -> dict[str, Any]:
    """The record of a planted video, with the fields of a published one.

    The frames are those one simulated annotator chose; each sentence refers to those of its scene.
    """
    selection = simulate(script, 1).selections[0]
    tokens: dict[str, float] = {}
    answer = []
    for scene, sentence in zip(script.scenes, sentences(script), strict=True):
        marks = []
        for second in range(scene.start, scene.end):
            if selection[second]:
                name = f"<f{len(tokens)}>"
                tokens[name] = float(second)
                marks.append(f"[{name}]")
        answer.append("".join(marks) + sentence)
    return {
        "id": script.id,
        "meta": {"duration": float(script.seconds), "sampled_frames": script.seconds, "token": tokens},
        "conversations": [
            {"from": "human", "value": INSTRUCTION},
            {"from": "gpt", "value": " ".join(answer)},
        ],
        "vsum_onehot": selection.astype(int).tolist(),
    }
