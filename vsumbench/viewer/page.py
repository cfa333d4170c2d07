"""The page of one video: everything about it on one timeline, in one file that needs no other."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, ProtocolSpec, Video
from vsumbench.data.grids import selects_itself
from vsumbench.pages.templates import environment
from vsumbench.plugins import Plugins

from .chain import People, Told, on_frames, people, told
from .disagreement import Stretch, frame_disagreement, ranked, stretches
from .drawing import CURVE_HEIGHT, Row, bars, curve, heat, spans
from .frames import Strip, strip_of
from .geometry import WIDTH, clock, ticks
from .opened import ViewedRun, scores_of
from .sentences import pieces

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Seen:
    """One video with what runs and annotators say of it, and where they differ, (N,) of 0 to 1."""

    video: Video
    annotations: Annotations
    people: People | None
    told: tuple[Told, ...]
    disagreement: NDArray[np.float64]

    @property
    def score(self) -> float:
        """The mean disagreement of the video."""
        return float(self.disagreement.mean())


def look_at(
    runs: Sequence[ViewedRun], video_id: str, selecting: ProtocolSpec | None, plugins: Plugins
) -> Seen:
    """Read one video and what the runs predicted for it."""
    dataset = runs[0].old.predicted.dataset
    video, annotations = dataset.video(video_id), dataset.annotations(video_id)
    everyone = people(annotations, video)
    said = tuple(told(run.shown[video_id].summary, video, selecting, plugins) for run in runs)
    found = frame_disagreement(
        [one.selected for one in said if one.selected is not None],
        [one.importance for one in said if one.importance is not None],
        None if everyone is None else everyone.mean,
        video.n_frames,
    )
    return Seen(video, annotations, everyone, said, found)


def render(
    runs: Sequence[ViewedRun],
    seen: Seen,
    protocols: tuple[ProtocolSpec, ProtocolSpec | None],
    frames: int,
) -> str:
    """The page as HTML; the same input gives the same text."""
    video = seen.video
    rows = _rows(runs, seen)
    strip = strip_of(video, frames)
    made = environment(__package__)
    script = files(__package__).joinpath("templates", "view.js").read_text(encoding="utf-8")
    style = files(__package__).joinpath("templates", "view.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shots = [] if video.change_points is None else video.change_points[1:, 0].tolist()
    context = {
        "policy": f"{_POLICY}; script-src 'sha256-{digest}'",
        "script": script,
        "style": style,
        "record": runs[0].old.record,
        "runs": [_run_facts(run, video.id, number) for number, run in enumerate(runs)],
        "video": video,
        "duration": clock(video.duration),
        "shown": protocols[0],
        "selecting": protocols[1],
        "strip": strip,
        "cells": [_bright(strip, one.selected, video) for one in seen.told],
        "rows": rows,
        "unsaid": [line for run, one in zip(runs, seen.told, strict=True) for line in one.unsaid(run.name)],
        "groups": _groups(runs, rows),
        "stretches": [_stretch(one, runs, seen) for one in _worst(seen)],
        "ticks": [
            (round(at * WIDTH / video.duration, 2), clock(at), round(at * video.fps))
            for at in ticks(video.duration)
        ],
        "shots": [round(at * WIDTH / video.n_frames, 2) for at in shots],
        "texts": [_text(run, video.id, number) for number, run in enumerate(runs)],
        "references": seen.annotations.texts,
        "data": {
            "duration": video.duration,
            "fps": video.fps,
            "frames": video.n_frames,
            "rows": {row.key: row.values for row in rows if row.values},
        },
        "clock": clock,
        "height": CURVE_HEIGHT,
    }
    return made.get_template("view.html.jinja").render(context)


def _rows(runs: Sequence[ViewedRun], seen: Seen) -> list[Row]:
    video, found = seen.video, []
    if seen.people is not None:
        what = seen.people.kind
        for number, row in enumerate(seen.people.rows):
            found.append(heat(f"a{number}", "annotators", f"Annotator {number + 1}", row, what))
        found.append(curve("amean", "annotators", "Annotators, mean", seen.people.mean))
    if seen.annotations.gtscore is not None:
        found.append(curve("gtscore", "truth", "gtscore", on_frames(seen.annotations.gtscore, video)))
    if seen.annotations.gtsummary is not None:
        chosen = on_frames(seen.annotations.gtsummary, video) > 0
        found.append(bars("gtsummary", "truth", "gtsummary", chosen, video.fps, "as published"))
    for number, timed in enumerate(seen.annotations.captions):
        pairs = [(one.start, one.end, one.text) for one in timed]
        label = f"Captions {number + 1}"
        found.append(spans(f"c{number}", "captions", label, pairs, video.duration, "timed sentences"))
    for number, (run, one) in enumerate(zip(runs, seen.told, strict=True)):
        group = f"run{number}"
        if one.importance is not None:
            found.append(curve(f"i{number}", group, f"{run.name}: importance", one.importance))
        summary = run.shown[video.id].summary
        pairs = [] if summary.segments is None else [(float(a), float(b), "") for a, b in summary.segments]
        own = spans(
            f"g{number}", group, f"{run.name}: segments", pairs, video.duration, "as the run wrote them"
        )
        if one.selected is not None:
            row = bars(f"s{number}", group, f"{run.name}: selection", one.selected, video.fps, one.how)
            # Its own segments keep their numbers, which links name, and need no second row.
            found.append(replace(row, bars=own.bars) if selects_itself(summary) else row)
        if pairs and not selects_itself(summary):
            found.append(own)
    return found


def _groups(runs: Sequence[ViewedRun], rows: Sequence[Row]) -> list[tuple[str, str]]:
    names = {"annotators": "Annotators", "truth": "Ground truth", "captions": "Captions"}
    names |= {f"run{number}": run.name for number, run in enumerate(runs)}
    there = {row.group for row in rows}
    return [(key, name) for key, name in names.items() if key in there]


def _run_facts(run: ViewedRun, video: str, number: int) -> dict[str, Any]:
    record, shown = run.old.record, run.shown[video]
    scales = {(one.protocol, one.metric): one.scale for one in record.scores}
    scores = [
        {
            "protocol": one.protocol,
            "metric": one.metric,
            "value": None
            if one.value is None
            else f"{one.value:.{2 if scales[one.protocol, one.metric] == 'percent' else 4}f}",
            "scale": scales[one.protocol, one.metric],
        }
        for one in scores_of(run, video)
    ]
    return {
        "number": number,
        "name": run.name,
        "run": record.run,
        "command": record.command,
        "options": sorted((name, str(value)) for name, value in record.model.options.items()),
        "reference_row": record.model.reference_row,
        "fold": shown.fold,
        "count": shown.count,
        "annotator": shown.summary.annotator,
        "scores": scores,
    }


def _text(run: ViewedRun, video: str, number: int) -> dict[str, Any]:
    summary = run.shown[video].summary
    made = [] if summary.text is None else pieces(summary.text, summary.links)
    return {"name": run.name, "number": number, "pieces": made, "linked": bool(summary.links)}


def _bright(strip: Strip, selected: NDArray[np.bool_] | None, video: Video) -> list[bool]:
    """Whether each cell of the strip holds a selected frame."""
    if selected is None:
        return []
    count = len(strip.uris)
    edges = [place * video.n_frames // count for place in range(count + 1)] if count else []
    return [bool(selected[a:b].any()) for a, b in itertools.pairwise(edges)]


def _worst(seen: Seen) -> tuple[Stretch, ...]:
    return ranked(seen.disagreement, stretches(seen.video.n_frames, seen.video.change_points))


def _stretch(one: Stretch, runs: Sequence[ViewedRun], seen: Seen) -> dict[str, Any]:
    fps = seen.video.fps
    chosen: list[str] = []
    left: list[str] = []
    for run, said in zip(runs, seen.told, strict=True):
        if said.selected is not None:
            part = said.selected[one.first : one.stop]
            (chosen if part.mean() >= 0.5 else left).append(run.name)
    share = None if seen.people is None else float(seen.people.mean[one.first : one.stop].mean())
    return {
        "start": one.first / fps,
        "end": one.stop / fps,
        "said": f"{clock(one.first / fps)}–{clock(one.stop / fps)}",
        "value": f"{one.value:.2f}",
        "chosen": ", ".join(chosen),
        "left": ", ".join(left),
        "annotators": None if share is None else f"{share:.2f}",
        "kind": "" if seen.people is None else seen.people.kind,
        "x": round(one.first * WIDTH / seen.video.n_frames, 2),
        "width": round((one.stop - one.first) * WIDTH / seen.video.n_frames, 2),
    }
