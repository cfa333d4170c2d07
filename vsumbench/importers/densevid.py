"""Dense captions as ActivityNet takes them: `{"results": {id: [{"sentence": …, "timestamp": [a, b]}]}}`."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import Video
from vsumbench.records.predictions import PackedArray, PredictionLine

from .files import json_mapping, kind, numbers, text_of, wrong
from .known import Known

TIMESTAMPS = "timestamps"
"""The array that holds the spans as predicted where one of them can be no segment."""


def read(path: Path, known: Known) -> list[PredictionLine]:
    """One line a video: its captions in the order of the file, each linked to its segment.

    The bare mapping is read as well. A span past the end of the video, reversed or of no length can be no
    segment: the nearest one stands for it, and `arrays["timestamps"]` keeps what was predicted, which is what
    `dense-2019` compares.

    Raises:
        DataMissingError, DataDamagedError: no such file, or another layout.
        PredictionError: a key no tested video has.
    """
    content = json_mapping(path)
    wrapped = isinstance(content.get("results"), dict)
    results = content["results"] if wrapped else content
    return [
        _line(known.video(known.id_of(key, path)), captions, path, f"results.{key}" if wrapped else key)
        for key, captions in results.items()
    ]


def _line(video: Video, captions: Any, path: Path, key: str) -> PredictionLine:
    if not isinstance(captions, list):
        raise wrong(path, key, "a list of captions", kind(captions))
    spans: list[tuple[float, float]] = []
    texts: list[str] = []
    for number, caption in enumerate(captions):
        where = f"{key}[{number}]"
        if not isinstance(caption, dict):
            raise wrong(path, where, "an object with `sentence` and `timestamp`", kind(caption))
        # Links count characters of the text in NFC, as it is stored.
        texts.append(unicodedata.normalize("NFC", text_of(caption, "sentence", path, where)))
        start, end = numbers(
            caption.get("timestamp"), path, f"{where}.timestamp", 2, "end: start and end in seconds"
        )
        spans.append((start, end))
    segments = [_segment(span, video) for span in spans]
    arrays = {TIMESTAMPS: PackedArray.pack(np.array(spans))} if segments != spans else {}
    text, links = _linked(texts)
    return PredictionLine(id=video.id, segments=segments, text=text, links=links, arrays=arrays)


def _segment(span: tuple[float, float], video: Video) -> tuple[float, float]:
    """The span, or the nearest segment where it is none."""
    start, end = span
    frame = 1 / video.fps
    if 0 <= start < end <= video.duration + frame:
        return span
    first, last = sorted(min(max(bound, 0.0), video.duration) for bound in span)
    return (first, last) if first < last else (first, first + frame)


def _linked(texts: list[str]) -> tuple[str, list[tuple[int, int, int]]]:
    """The sentences joined by a space, and the characters of each; an empty sentence has none."""
    links, position = [], 0
    for number, text in enumerate(texts):
        if text:
            links.append((position, position + len(text), number))
        position += len(text) + 1
    return " ".join(texts), links
