"""`summary.json`: everything a summary is made of and from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.records.provenance import installed_versions

from .applying import Answer
from .budget import Budget
from .film import Film
from .methods import Method
from .source import Source
from .timeline import Segment

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What was chosen, and how.

    Attributes:
        shots: (S, 2) first and last frame, inclusive.
        cut_by: the model whose importance made the cut; another than `method` where that only writes text.
        answer: importance of that model; the text of `method`.
        values: mean importance of each segment.
        extractor: `id@version` (and weights) of the feature the shots are from; `feature` is its name.
    """

    method: Method
    cut_by: Method
    answer: Answer = field(repr=False)
    shots: NDArray[np.int64] = field(repr=False)
    segments: Sequence[Segment] = field(repr=False)
    values: Sequence[float] = field(repr=False)
    budget: Budget
    budget_seconds: float
    feature: str
    extractor: str
    seed: int
    device: str
    distributions: tuple[str, ...]


def document(source: Source, chosen: Chosen, film: Film) -> dict[str, Any]:
    """The document, as JSON values. Times are seconds of the source, frames count from 0, shots from 1."""
    info, line, video = source.info, source.line, source.video
    assert video.source is not None and chosen.answer.steps is not None
    times = [round(float(time), 6) for time in video.pick_times]
    return {
        "schema": SCHEMA,
        "source": {
            "name": info.path.name,
            "sha256": video.source(),
            "width": info.width,
            "height": info.height,
            "rotation": info.rotation,
            "fps": info.fps,
            "variable_rate": info.variable,
            "frames": info.n_frames,
            "duration": round(line.duration, 6),
            "codec": info.codec,
            "audio": info.has_audio,
            "subtitles": source.subtitles.name if source.subtitles else None,
        },
        "sampling": f"fps={source.asked:g}",
        "steps": video.steps,
        "feature": {"name": chosen.feature, "extractor": chosen.extractor},
        "model": _model(chosen.method),
        "cut_by": chosen.cut_by.name,
        "seed": chosen.seed,
        "device": chosen.device,
        "versions": installed_versions(("vsumbench", *chosen.distributions, "numpy", "av", "pillow")),
        "budget": {
            "asked": chosen.budget.name,
            "seconds": round(chosen.budget_seconds, 6),
            "used": round(film.seconds, 6),
        },
        "summary": {
            "width": film.width,
            "height": film.height,
            "frames": film.frames,
            "seconds": round(film.seconds, 6),
            "audio": film.sound,
        },
        "shots": [
            {"shot": number, "first_frame": int(first), "last_frame": int(last)}
            | _span(float(line.edges[first]), float(line.edges[last + 1]))
            for number, (first, last) in enumerate(chosen.shots, start=1)
        ],
        "segments": _segments(source, chosen),
        "importance": {"times": times, "scores": [float(score) for score in chosen.answer.steps]},
        "text": chosen.answer.text,
    }


def _model(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "title": method.spec.title,
        "options": dict(method.composed.values),
        "run": method.record.run if method.record else None,
        "fold": method.fold or None,
    }


def _segments(source: Source, chosen: Chosen) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    reached = 0.0
    for number, (segment, value) in enumerate(zip(chosen.segments, chosen.values, strict=True), start=1):
        start, end = (float(source.line.edges[frame]) for frame in (segment.first, segment.stop))
        found.append(
            {
                "segment": number,
                "shot": segment.shot + 1,
                "whole_shot": segment.whole,
                "first_frame": segment.first,
                "last_frame": segment.stop - 1,
                "summary_start": round(reached, 6),
                "importance": value,
            }
            | _span(start, end)
        )
        reached += end - start
    return found


def _span(start: float, end: float) -> dict[str, Any]:
    return {"start": round(start, 6), "end": round(end, 6), "seconds": round(end - start, 6)}
