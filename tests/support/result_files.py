"""Result files written for a test, and the small videos they are about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vsumbench.contracts import Annotations, Video, check_summary
from vsumbench.errors import DataDamagedError, PredictionError
from vsumbench.importers.formats import read_results
from vsumbench.importers.known import Known
from vsumbench.records.predictions import PredictionLine

FRAMES, STEPS, FPS = 60, 4, 30.0
NAMES = {"video_1": "Base jumping", "video_2": "Cooking"}


def known(
    ids: Sequence[str] = ("video_1", "video_2"),
    durations: Sequence[float] = (),
    texts: Sequence[str] = (),
) -> Known:
    """Videos of 60 frames at 30 fps and four steps, or of other durations."""
    lengths = dict(zip(ids, durations or [FRAMES / FPS] * len(ids), strict=True))
    said = dict(zip(ids, texts or [""] * len(ids), strict=True))
    return Known(
        ids=tuple(ids),
        video=lambda video: Video(
            id=video,
            duration=lengths[video],
            fps=FPS,
            n_frames=FRAMES,
            picks=np.arange(0, FRAMES, FRAMES // STEPS),
        ),
        annotations=lambda video: Annotations(video_id=video, texts=(said[video],)),
        names=NAMES,
    )


def written(folder: Path, content: Any, name: str = "results.json") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def read(path: Path, name: str, of: Known | None = None) -> list[PredictionLine]:
    """The lines, each a summary that can be scored."""
    tested = of or known()
    lines = read_results([path], name, tested)
    for line in lines:
        check_summary(line.summary(), tested.video(line.id))
    return lines


def refused(path: Path, name: str, *words: str, of: Known | None = None) -> None:
    with pytest.raises((DataDamagedError, PredictionError)) as found:
        read(path, name, of)
    for word in (str(path), *words):
        assert word in str(found.value)


SELECTED = [0] * 15 + [1] * 15 + [0] * 10 + [1] + [0] * 18 + [1]
SEGMENTS = [(15 / FPS, 30 / FPS), (40 / FPS, 41 / FPS), (59 / FPS, 60 / FPS)]
