"""One record of a VideoXum file, checked field by field (protocols.md b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import TimedText
from vsumbench.data import damaged

ANNOTATORS = 10
SLACK = 1.0
"""Seconds a span may pass the duration by: spans are whole seconds, durations are not."""
REVERSED = frozenset({"v_0bosp4-pyTM", "v_rhOtqArO-3Y"})
"""Videos with one segment whose end ActivityNet Captions publishes before its start; it is turned round."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the files say of one video.

    Attributes:
        steps: sampled frames, one a second.
        selections: (10, steps) booleans.
        sentences: one a segment, as written (the second and later ones start with a blank), with times in
        seconds.
        turned: whether one of them was published with its end before its start.
    """

    duration: float
    steps: int
    selections: NDArray[np.bool_] = field(repr=False)
    sentences: tuple[TimedText, ...]
    turned: bool = False


def compact(raw: dict[str, Any]) -> dict[str, Any]:
    """The record with its one-hot lists as bytes where they are a matrix of 0 and 1, else as it was."""
    try:
        rows = np.array(raw.get("vsum_onehot"))
    except ValueError:  # rows of several lengths: refused by `parse`, which names the video
        return raw
    if rows.ndim == 2 and rows.size and rows.dtype.kind in "iu" and rows.min() >= 0 and rows.max() <= 1:
        return {**raw, "vsum_onehot": rows.astype(np.uint8)}
    return raw


def parse(raw: Mapping[str, Any], video_id: str, path: Path) -> Record:
    """Check a record.

    Raises:
        DataDamagedError: a field is missing, of the wrong type, or does not fit the others; names video and
        field.
    """
    duration = _number(raw, "duration", video_id, path)
    steps = raw.get("sampled_frames")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise _wrong(path, video_id, "sampled_frames", "a whole number above 0", repr(steps))
    return Record(
        duration=duration,
        steps=steps,
        selections=_selections(raw.get("vsum_onehot"), steps, video_id, path),
        sentences=_sentences(raw, duration, video_id, path),
        turned=any(start > end for start, end in raw["timestamps"]),
    )


def _wrong(path: Path, video_id: str, key: str, expected: str, found: object) -> Exception:
    return damaged(path, f"video {video_id!r}, {key}", expected, found)


def _number(raw: Mapping[str, Any], key: str, video_id: str, path: Path) -> float:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise _wrong(path, video_id, key, "a positive number of seconds", repr(value))
    return float(value)


def _selections(rows: object, steps: int, video_id: str, path: Path) -> NDArray[np.bool_]:
    key = "vsum_onehot"
    if not isinstance(rows, (list, np.ndarray)) or len(rows) != ANNOTATORS:
        found = f"{len(rows)} rows" if isinstance(rows, (list, np.ndarray)) else type(rows).__name__
        raise _wrong(path, video_id, key, f"{ANNOTATORS} rows, one an annotator", found)
    lengths = [len(row) if isinstance(row, (list, np.ndarray)) else -1 for row in rows]
    if set(lengths) != {steps}:
        odd = next(index for index, length in enumerate(lengths) if length != steps)
        expected = f"rows of {steps} values, as sampled_frames says"
        found = f"{lengths[odd]} values" if lengths[odd] >= 0 else "no list"
        raise _wrong(path, video_id, f"{key}[{odd}]", expected, found)
    matrix = np.array(rows)
    if matrix.ndim != 2 or matrix.dtype.kind not in "iuf" or not np.isin(matrix, (0, 1)).all():
        raise _wrong(path, video_id, key, "values 0 and 1", "others")
    return matrix.astype(np.bool_)


def _sentences(raw: Mapping[str, Any], duration: float, video_id: str, path: Path) -> tuple[TimedText, ...]:
    sentences, times, spans = raw.get("tsum"), raw.get("timestamps"), raw.get("vsum")
    if not isinstance(sentences, list) or not sentences:
        raise _wrong(path, video_id, "tsum", "a list of sentences", _kind(sentences))
    for index, sentence in enumerate(sentences):
        if not isinstance(sentence, str) or not sentence.strip():
            raise _wrong(path, video_id, f"tsum[{index}]", "a sentence", repr(sentence))
    if not isinstance(times, list) or len(times) != len(sentences):
        raise _wrong(path, video_id, "timestamps", f"{len(sentences)} segments, one a sentence", _kind(times))
    if not isinstance(spans, list) or len(spans) != len(sentences):
        raise _wrong(path, video_id, "vsum", f"{len(sentences)} segments, one a sentence", _kind(spans))
    timed = []
    for index, (sentence, pair) in enumerate(zip(sentences, times, strict=True)):
        start, end = _span(pair, duration, f"timestamps[{index}]", video_id, path)
        timed.append(TimedText(start=start, end=end, text=sentence))
    for index, chosen in enumerate(spans):
        if not isinstance(chosen, list) or len(chosen) != ANNOTATORS:
            raise _wrong(path, video_id, f"vsum[{index}]", f"{ANNOTATORS} spans", _kind(chosen))
        for person, pair in enumerate(chosen):
            _span(pair, duration, f"vsum[{index}][{person}]", video_id, path)
    return tuple(timed)


def _span(pair: object, duration: float, key: str, video_id: str, path: Path) -> tuple[float, float]:
    if not (
        isinstance(pair, Sequence)
        and len(pair) == 2
        and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in pair)
    ):
        raise _wrong(path, video_id, key, "a start and an end in seconds", repr(pair))
    start, end = float(pair[0]), float(pair[1])
    if start > end and video_id in REVERSED:
        start, end = end, start
    if not 0 <= start <= end <= duration + SLACK:
        raise _wrong(path, video_id, key, f"a segment within [0, {duration:g}] s", f"[{start:g}, {end:g}]")
    return start, end


def _kind(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, list) else type(value).__name__
