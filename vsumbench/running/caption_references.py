"""References with times: files of ActivityNet Captions, read as a dataset of one fold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import Annotations, TimedText, Video
from vsumbench.data import damaged, is_finite, read_json

from .own_references import ReferenceFile

_ENTRY = "an object with `duration`, `timestamps` and `sentences`"


def read_captions(paths: Sequence[Path]) -> ReferenceFile:
    """Read one or several files `{id: {"duration": …, "timestamps": [[a, b], …], "sentences": […]}}`.

    A video has the captions of each file that holds it, in the order of the files, in `captions`; `texts` are
    the same sentences joined with the empty string, as VideoXum has them. Segments are kept as they are, also
    where one ends before it starts. Nothing is known of frames: the video has one a second.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: another layout, or a video twice in one file; names file, key, expected and found.
    """
    durations: dict[str, float] = {}
    captions: dict[str, list[tuple[TimedText, ...]]] = {}
    for path in paths:
        content = read_json(path, unique=True)
        if not isinstance(content, dict) or not content:
            raise damaged(path, "", f"a JSON object, video → {_ENTRY}", "something else")
        for key, entry in content.items():
            duration, listed = _entry(entry, path, key)
            # Files of one video agree; should they not, no segment of either lies outside.
            durations[key] = max(duration, durations.get(key, 0.0))
            captions.setdefault(key, []).append(listed)
    return ReferenceFile({key: _sample(key, durations[key], tuple(files)) for key, files in captions.items()})


def _entry(entry: Any, path: Path, key: str) -> tuple[float, tuple[TimedText, ...]]:
    if not isinstance(entry, dict) or not {"duration", "timestamps", "sentences"} <= set(entry):
        found = f"the keys {sorted(entry)}" if isinstance(entry, dict) else type(entry).__name__
        raise damaged(path, key, _ENTRY, found)
    duration, spans, sentences = entry["duration"], entry["timestamps"], entry["sentences"]
    if not is_finite(duration) or duration <= 0:
        raise damaged(path, f"{key}.duration", "seconds above 0", repr(duration)[:80])
    if not isinstance(spans, list) or not isinstance(sentences, list) or not spans:
        raise damaged(path, key, "a list of timestamps and one of sentences, not empty", "something else")
    if len(spans) != len(sentences):
        raise damaged(path, key, f"a sentence for each of {len(spans)} timestamps", len(sentences))
    listed = []
    for number, (span, sentence) in enumerate(zip(spans, sentences, strict=True)):
        if not isinstance(span, list) or len(span) != 2 or not all(map(is_finite, span)):
            raise damaged(path, f"{key}.timestamps[{number}]", "start and end in seconds", repr(span)[:80])
        if not isinstance(sentence, str):
            raise damaged(path, f"{key}.sentences[{number}]", "a text", repr(sentence)[:80])
        listed.append(TimedText(start=float(span[0]), end=float(span[1]), text=sentence))
    return float(duration), tuple(listed)


def _sample(key: str, duration: float, files: tuple[tuple[TimedText, ...], ...]) -> tuple[Video, Annotations]:
    seconds = max(1, math.ceil(duration))
    video = Video(id=key, duration=duration, fps=1.0, n_frames=seconds, picks=np.arange(seconds))
    texts = tuple("".join(caption.text for caption in file) for file in files)
    return video, Annotations(video_id=key, texts=texts, captions=files)
