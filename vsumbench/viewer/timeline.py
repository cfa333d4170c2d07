"""The rows of one video's timeline: annotators, ground truth, captions, and each run, with key frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsumbench.contracts import Annotations, Video
from vsumbench.data.grids import selects_itself

from .axis import Axis
from .chain import People, Told, on_frames
from .drawing import Row, bars, curve, curve_at, heat, spans
from .frames import Album, album_of, cell_steps, nearest_steps
from .keyframes import Key, key_row, key_segments, longest
from .opened import ViewedRun


@dataclass(frozen=True)
class Timeline:
    """What is drawn: rows in order, pictures by sampled step, and the steps of the common strip."""

    rows: tuple[Row, ...]
    album: Album
    strip: tuple[int, ...]


def timeline(
    runs: Sequence[ViewedRun],
    video: Video,
    annotations: Annotations,
    everyone: People | None,
    told: Sequence[Told],
    axis: Axis,
    frames: int,
) -> Timeline:
    """Draw all rows; every picture anything needs is taken in one pass over the video.

    Args:
        frames: at most so many pictures in the common strip, and for each selection.

    Raises:
        DataDamagedError: a frame cannot be decoded.
    """
    rows = [
        *_people(everyone, axis),
        *_truth(annotations, everyone, video, axis),
        *_captions(annotations, axis),
    ]
    for number, (run, one) in enumerate(zip(runs, told, strict=True)):
        rows += _run(run, number, video, one, axis)
    strip = cell_steps(video.pick_times, axis.length, frames)
    every = {row.key: key_segments([(bar.start, bar.end) for bar in row.bars]) for row in rows if _keyed(row)}
    shown = {key: longest(there, frames) for key, there in every.items()}
    steps = {
        key: nearest_steps(video.pick_times, [one.middle for one in keys]) for key, keys in shown.items()
    }
    album = album_of(video, [*strip, *(step for found in steps.values() for step in found)], frames)
    made = [
        _with_keys(row, shown[row.key], steps[row.key], album, axis, len(every[row.key]))
        if row.key in every
        else row
        for row in rows
    ]
    return Timeline(tuple(made), album, strip if album.pictures else ())


def _keyed(row: Row) -> bool:
    """Selections have key frames: of runs, as published, of annotators together."""
    return row.key in ("gtsummary", "ahalf") or (row.key[0] == "s" and row.key[1:].isdecimal())


def _with_keys(
    row: Row, keys: Sequence[Key], steps: Sequence[int], album: Album, axis: Axis, there: int
) -> Row:
    if not keys or not album.pictures:
        return row
    return replace(row, keys=key_row(keys, album.of(steps), axis.length, there))


def _people(everyone: People | None, axis: Axis) -> list[Row]:
    if everyone is None:
        return []
    found = [
        heat(f"a{number}", "annotators", f"Annotator {number + 1}", axis.even(row), everyone.kind)
        for number, row in enumerate(everyone.rows)
    ]
    return [*found, curve("amean", "annotators", "Annotators, mean", axis.even(everyone.mean))]


def _truth(annotations: Annotations, everyone: People | None, video: Video, axis: Axis) -> list[Row]:
    found: list[Row] = []
    if annotations.gtscore is not None:
        scores = axis.even(on_frames(annotations.gtscore, video))
        found.append(curve("gtscore", "truth", "gtscore", scores))
    if annotations.gtsummary is not None:
        chosen = on_frames(annotations.gtsummary, video) > 0
        found.append(bars("gtsummary", "truth", "gtsummary", chosen, axis, "as published"))
    elif everyone is not None and everyone.kind == "selections" and len(everyone.rows) > 1:
        half = everyone.mean >= 0.5
        note = "selected by half of them or more"
        found.append(bars("ahalf", "annotators", "Annotators together", half, axis, note))
    return found


def _captions(annotations: Annotations, axis: Axis) -> list[Row]:
    return [
        spans(
            f"c{number}",
            "captions",
            f"Captions {number + 1}",
            [(one.start, one.end, one.text) for one in timed],
            axis,
            "timed sentences",
        )
        for number, timed in enumerate(annotations.captions)
    ]


def _run(run: ViewedRun, number: int, video: Video, one: Told, axis: Axis) -> list[Row]:
    group, summary, found = f"run{number}", run.shown[video.id].summary, list[Row]()
    label = f"{run.name}: importance"
    if one.importance is not None:
        found.append(curve(f"i{number}", group, label, axis.even(one.importance)))
    elif summary.importance is not None and isinstance(summary.times, np.ndarray) and len(summary.times):
        found.append(curve_at(f"i{number}", group, label, summary.times, summary.importance, axis.length))
    pairs = [] if summary.segments is None else [(float(a), float(b), "") for a, b in summary.segments]
    own = spans(f"g{number}", group, f"{run.name}: segments", pairs, axis, "as the run wrote them")
    if one.selected is not None:
        row = bars(f"s{number}", group, f"{run.name}: selection", one.selected, axis, one.how)
        # Its own segments keep their numbers, which links name, and need no second row.
        found.append(replace(row, bars=own.bars) if selects_itself(summary) else row)
    if pairs and not (one.selected is not None and selects_itself(summary)):
        found.append(own)
    return found
