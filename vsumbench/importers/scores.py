"""JSON of importance scores: a list for each video, one number a sampled step.

PGL-SUM writes one such file an epoch and split, `results/split0/SumMe_199.json`. CSTA writes none; dumped
as `{key: scores}`, what its evaluation holds is the same.
"""

from __future__ import annotations

import re
from pathlib import Path

from vsumbench.records.predictions import PredictionLine

from .files import json_mapping, numbers
from .known import Known


def read(path: Path, known: Known) -> list[PredictionLine]:
    """One line a video. The fold is that of a folder `split0`, `split1`, … the file lies in, if it does.

    Raises:
        DataMissingError, DataDamagedError: no such file, or another layout.
        PredictionError: a key no tested video has.
    """
    fold = next((part for part in reversed(path.absolute().parent.parts) if _SPLIT.fullmatch(part)), "")
    lines = []
    for key, values in json_mapping(path).items():
        video = known.video(known.id_of(key, path))
        scores = list(numbers(values, path, key, video.steps, f"sampled step of {video.id!r}"))
        lines.append(PredictionLine(id=video.id, fold=fold, importance=scores))
    return lines


_SPLIT = re.compile(r"split\d+")
