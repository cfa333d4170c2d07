"""JSON of binary summaries at the native frame rate: of PoR, and of rethinking-evs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import Video
from vsumbench.records.predictions import PredictionLine

from .files import json_mapping, kind, numbers, wrong
from .known import Known
from .selections import segments_of


def read_por(path: Path, known: Known) -> list[PredictionLine]:
    """`{"video_4": [0, 1, …]}`: a list for each video.

    Raises:
        DataMissingError, DataDamagedError: no such file, or another layout.
        PredictionError: a key no tested video has.
    """
    return [
        _line(known.video(known.id_of(key, path)), values, path, key)
        for key, values in json_mapping(path).items()
    ]


def read_rethinking(path: Path, known: Known) -> list[PredictionLine]:
    """`{"Air_Force_One": {"summary": [0, 1, …], "segment": [60, …]}}`: frames and bounds of shots.

    The summary is what is scored; the bounds, which its evaluator needs for random summaries, are checked
    alone.

    Raises:
        DataMissingError, DataDamagedError, PredictionError: as `read_por`.
    """
    lines = []
    for key, entry in json_mapping(path).items():
        if not isinstance(entry, dict) or "summary" not in entry:
            found = f"the keys {sorted(entry)}" if isinstance(entry, dict) else kind(entry)
            raise wrong(path, key, "an object with `summary` and `segment`", found)
        video = known.video(known.id_of(key, path))
        bounds = entry.get("segment", [])
        if not isinstance(bounds, list):
            raise wrong(path, f"{key}.segment", "a list of frame indices", kind(bounds))
        listed = list(numbers(bounds, path, f"{key}.segment", len(bounds), "bound"))
        if listed and not 0 <= min(listed) <= max(listed) <= video.n_frames:
            raise wrong(
                path,
                f"{key}.segment",
                f"frame indices from 0 to {video.n_frames}",
                f"{min(listed):g} to {max(listed):g}",
            )
        lines.append(_line(video, entry["summary"], path, f"{key}.summary"))
    return lines


def _line(video: Video, values: Any, path: Path, key: str) -> PredictionLine:
    listed = numbers(values, path, key, video.n_frames, f"frame of {video.id!r}")
    selected = np.fromiter(listed, dtype=np.float64)
    return PredictionLine(id=video.id, segments=segments_of(selected, video, path, key))
