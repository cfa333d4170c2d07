"""One entry of an ActivityNet Captions file, checked field by field (protocols.md g)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsumbench.contracts import TimedText
from vsumbench.data import damaged, is_finite, read_json
from vsumbench_datasets.videoxum.record import REVERSED

SLACK = 0.05
"""Seconds a segment may end after the video: durations are rounded, and the published files need 0.01."""
_ID = re.compile(r"v_[A-Za-z0-9_-]{11}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one file says of one video.

    Attributes:
        captions: one a segment, as written (most second and later ones start with a blank), times in seconds.
        turned: numbers of the segments that were published with their end before their start.
    """

    duration: float
    captions: tuple[TimedText, ...] = field(repr=False)
    turned: tuple[int, ...] = ()


def load(path: Path) -> dict[str, Any]:
    """Video id → raw entry, in the order of the file.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: not JSON, an id twice, no object, an empty one, or a key that is no id.
    """
    content = read_json(path, unique=True)
    if not isinstance(content, dict) or not content:
        found = "an empty object" if content == {} else type(content).__name__
        raise damaged(path, "", "an object, video id → entry", found)
    for video_id in content:
        if not _ID.fullmatch(video_id):
            raise damaged(path, "", "ids of `v_` and the 11 characters of YouTube", f"{video_id!r}")
    return content


def parse(entry: object, video_id: str, path: Path) -> Entry:
    """Check an entry.

    Raises:
        DataDamagedError: a field is missing, of the wrong type, or does not fit the others; names video and
            field.
    """
    if not isinstance(entry, dict):
        raise _wrong(path, video_id, "entry", "an object", type(entry).__name__)
    duration, times, sentences = (entry.get(key) for key in ("duration", "timestamps", "sentences"))
    if not is_finite(duration) or not isinstance(duration, int | float) or duration <= 0:
        raise _wrong(path, video_id, "duration", "a positive number of seconds", repr(duration)[:80])
    if not isinstance(sentences, list) or not sentences:
        raise _wrong(path, video_id, "sentences", "a list of sentences", _kind(sentences))
    if not isinstance(times, list) or len(times) != len(sentences):
        expected = f"{len(sentences)} segments, one a sentence"
        raise _wrong(path, video_id, "timestamps", expected, _kind(times))
    captions, turned = [], []
    for number, (pair, sentence) in enumerate(zip(times, sentences, strict=True)):
        start, end = _ends(pair, f"timestamps[{number}]", video_id, path)
        if start > end and video_id in REVERSED:
            start, end = end, start
            turned.append(number)
        if not 0 <= start <= end <= duration + SLACK:
            expected, found = f"a segment within [0, {duration:g}] s", f"[{start:g}, {end:g}]"
            raise _wrong(path, video_id, f"timestamps[{number}]", expected, found)
        if not isinstance(sentence, str) or not sentence.strip():
            raise _wrong(path, video_id, f"sentences[{number}]", "a sentence", repr(sentence)[:80])
        captions.append(TimedText(start=start, end=end, text=sentence))
    return Entry(duration=float(duration), captions=tuple(captions), turned=tuple(turned))


def _ends(pair: object, key: str, video_id: str, path: Path) -> tuple[float, float]:
    if not isinstance(pair, list) or len(pair) != 2 or not all(map(is_finite, pair)):
        raise _wrong(path, video_id, key, "a start and an end in seconds", repr(pair)[:80])
    return float(pair[0]), float(pair[1])


def _wrong(path: Path, video_id: str, key: str, expected: str, found: object) -> Exception:
    return damaged(path, f"video {video_id!r}, {key}", expected, found)


def _kind(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, list) else type(value).__name__
