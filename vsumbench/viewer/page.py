"""The page of one video: everything about it on one timeline, in one file that needs no other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, ProtocolSpec, Video
from vsumbench.pages.templates import environment
from vsumbench.plugins import Plugins

from .axis import Axis, axis_of, frame_at
from .chain import People, Told, people, told
from .disagreement import Stretch, frame_disagreement, ranked, stretches
from .drawing import COLOURS, CURVE_HEIGHT, Row
from .facts import links_of, run_facts
from .geometry import clock, ticks
from .opened import ViewedRun
from .timeline import timeline

_CALM = 120
"""Lines of shots run through all rows where there are no more of them."""
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
    plugins: Plugins,
) -> str:
    """The page as HTML; the same input gives the same text.

    Args:
        frames: at most so many pictures in the common strip, and for each selection.
    """
    video, axis = seen.video, axis_of(seen.video)
    drawn = timeline(runs, video, seen.annotations, seen.people, seen.told, axis, frames)
    made = environment(__package__)
    script = files(__package__).joinpath("templates", "view.js").read_text(encoding="utf-8")
    style = files(__package__).joinpath("templates", "view.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shots = () if video.change_points is None else tuple(video.change_points[1:, 0].tolist())
    context = {
        "policy": f"{_POLICY}; script-src 'sha256-{digest}'",
        "script": script,
        "style": style,
        "record": runs[0].old.record,
        "runs": [run_facts(run, video.id, number, plugins) for number, run in enumerate(runs)],
        "colours": COLOURS,
        "video": video,
        "steady": axis.steady,
        "duration": clock(video.duration),
        "shown": protocols[0],
        "selecting": protocols[1],
        "album": drawn.album,
        "strip": drawn.album.of(drawn.strip),
        "rows": drawn.rows,
        "told": links_of(runs, video.id),
        "unsaid": [line for run, one in zip(runs, seen.told, strict=True) for line in one.unsaid(run.name)],
        "groups": _groups(runs, drawn.rows),
        "stretches": [_stretch(one, runs, seen, axis) for one in _worst(seen)],
        "ticks": [(axis.x(at) / 10, clock(at), frame_at(axis, at)) for at in ticks(axis.length)],
        "shots": [axis.x(float(axis.edges[at])) for at in shots],
        "calm": len(shots) <= _CALM,
        "references": seen.annotations.texts,
        "data": {
            "duration": axis.length,
            "fps": video.fps,
            "frames": video.n_frames,
            "begins": None if axis.steady else [round(float(one), 4) for one in axis.edges[:-1]],
            "rows": {row.key: row.values for row in drawn.rows if row.values},
        },
        "clock": clock,
        "height": CURVE_HEIGHT,
    }
    return made.get_template("view.html.jinja").render(context)


def _groups(runs: Sequence[ViewedRun], rows: Sequence[Row]) -> list[tuple[str, str]]:
    names = {"annotators": "Annotators", "truth": "Ground truth", "captions": "Captions"}
    names |= {f"run{number}": run.name for number, run in enumerate(runs)}
    there = {row.group for row in rows}
    return [(key, name) for key, name in names.items() if key in there]


def _worst(seen: Seen) -> tuple[Stretch, ...]:
    return ranked(seen.disagreement, stretches(seen.video.n_frames, seen.video.change_points))


def _stretch(one: Stretch, runs: Sequence[ViewedRun], seen: Seen, axis: Axis) -> dict[str, Any]:
    start, end = axis.seconds((one.first, one.stop))
    chosen: list[str] = []
    left: list[str] = []
    for run, said in zip(runs, seen.told, strict=True):
        if said.selected is not None:
            part = said.selected[one.first : one.stop]
            (chosen if part.mean() >= 0.5 else left).append(run.name)
    share = None if seen.people is None else float(seen.people.mean[one.first : one.stop].mean())
    return {
        "start": start,
        "end": end,
        "said": f"{clock(start)}–{clock(end)}",
        "value": f"{one.value:.2f}",
        "chosen": ", ".join(chosen),
        "left": ", ".join(left),
        "annotators": None if share is None else f"{share:.2f}",
        "kind": "" if seen.people is None else seen.people.kind,
        "x": axis.x(start),
        "width": round(axis.x(end) - axis.x(start), 2),
    }
