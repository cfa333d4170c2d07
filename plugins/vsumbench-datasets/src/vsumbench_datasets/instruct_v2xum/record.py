"""The records of one Instruct-V2Xum video, checked field by field.

The layout is that of a published record and of the released code that loads such records; whether every field
is in every record is not known, so those that follow from others may be left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.data import damaged, is_finite
from vsumbench.errors import DuplicateIdError

from .references import Told, split_answer, without_references

SLACK, SHARE = 1.0, 0.05
"""How far the duration may be from the number of frames: seconds, or this share of it."""
_TOKEN = re.compile(r"<[a-z]\d+>")
_SPEAKERS = ("human", "gpt")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the files say of one video.

    Attributes:
        steps: sampled frames, one a second.
        selection: (steps,) booleans: the video summary.
        texts: the text summaries, which differ in more than references; usually one.
        referenced: (steps,) booleans: frames that some answer refers to.
    """

    duration: float
    steps: int
    selection: NDArray[np.bool_] = field(repr=False)
    texts: tuple[tuple[Told, ...], ...]
    referenced: NDArray[np.bool_] = field(repr=False)


def parse(raws: Sequence[Mapping[str, Any]], video_id: str, path: Path) -> Record:
    """Check the records of a video and join them: there may be one an instruction.

    Raises:
        DataDamagedError: a field is missing, of the wrong type, or does not fit the others; names video and
            field.
        DuplicateIdError: two records of the same instruction.
    """
    if len({_asked(raw) for raw in raws}) < len(raws):
        raise DuplicateIdError(
            f"{path}: video id {video_id!r} stands twice with the same instruction.", "Fetch the file again."
        )
    found = [_parse_one(raw, video_id, path) for raw in raws]
    first = found[0]
    for other in found[1:]:
        same = (other.duration, other.steps) == (first.duration, first.steps)
        if not same or (other.selection != first.selection).any():
            raise _wrong(path, video_id, "records", "the same length and frames in each", "others")
    texts = {without_references(told): told for record in found for told in record.texts}
    if not texts:
        raise _wrong(path, video_id, "conversations", "an answer with words", "references alone")
    return Record(
        duration=first.duration,
        steps=first.steps,
        selection=first.selection,
        texts=tuple(texts.values()),
        referenced=np.logical_or.reduce([record.referenced for record in found]),
    )


def _parse_one(raw: Mapping[str, Any], video_id: str, path: Path) -> Record:
    meta = raw.get("meta")
    if not isinstance(meta, dict):
        raise _wrong(path, video_id, "meta", "an object with a duration", _kind(meta))
    duration = meta.get("duration")
    if not is_finite(duration) or not isinstance(duration, int | float) or duration <= 0:
        raise _wrong(path, video_id, "meta.duration", "a positive number of seconds", repr(duration)[:80])
    row = _row(raw.get("vsum_onehot"), video_id, path)
    steps = _steps(meta, float(duration), row, video_id, path)
    tokens = _tokens(meta.get("token"), steps, video_id, path)
    referenced = np.zeros(steps, dtype=np.bool_)
    texts: list[tuple[Told, ...]] = []
    for number, answer in _answers(raw.get("conversations"), video_id, path):
        told = _told(answer, tokens, f"conversations[{number}]", video_id, path)
        for second in (second for sentence in told for second in sentence.seconds):
            if second >= steps:
                expected = f"references below {steps} s"
                raise _wrong(path, video_id, f"conversations[{number}]", expected, f"[{second:g}]")
            referenced[int(second)] = True
        if without_references(told):
            texts.append(tuple(told))
    selection = referenced if row is None else row
    if not selection.any():
        raise _wrong(path, video_id, "vsum_onehot", "a selected frame", "none")
    return Record(
        duration=float(duration),
        steps=steps,
        selection=selection,
        texts=tuple(texts),
        referenced=referenced,
    )


def _row(stored: object, video_id: str, path: Path) -> NDArray[np.bool_] | None:
    if stored is None:
        return None
    key, wanted = "vsum_onehot", "a list of 0 and 1, one a sampled frame"
    # A published record has the row itself; a matrix of one annotator is VideoXum's form of the same.
    row = stored[0] if isinstance(stored, list) and len(stored) == 1 else stored
    if not isinstance(row, list) or not row:
        raise _wrong(path, video_id, key, wanted, _kind(stored))
    if any(isinstance(value, list) for value in row):
        raise _wrong(path, video_id, key, "one row", f"{len(row)} rows")
    if any(value not in (0, 1) for value in row):
        raise _wrong(path, video_id, key, "values 0 and 1", "others")
    return np.array(row, dtype=np.bool_)


def _steps(
    meta: Mapping[str, Any], duration: float, row: NDArray[np.bool_] | None, video_id: str, path: Path
) -> int:
    sampled = meta.get("sampled_frames", math.ceil(duration) if row is None else len(row))
    if isinstance(sampled, bool) or not isinstance(sampled, int) or sampled < 1:
        raise _wrong(path, video_id, "meta.sampled_frames", "a whole number above 0", repr(sampled)[:80])
    if row is not None and len(row) != sampled:
        expected = f"{sampled} values, as meta.sampled_frames says"
        raise _wrong(path, video_id, "vsum_onehot", expected, f"{len(row)}")
    if abs(sampled - duration) > max(SLACK, SHARE * duration):
        expected = f"about {duration:g}, one a second"
        raise _wrong(path, video_id, "meta.sampled_frames", expected, f"{sampled}")
    return sampled


def _tokens(stored: object, steps: int, video_id: str, path: Path) -> dict[str, float]:
    if stored is None:
        return {}
    if not isinstance(stored, dict):
        raise _wrong(path, video_id, "meta.token", "an object, reference → seconds", _kind(stored))
    for name, second in stored.items():
        if not _TOKEN.fullmatch(name):
            raise _wrong(path, video_id, "meta.token", "references like <f0>", repr(name)[:40])
        if not is_finite(second) or not 0 <= second < steps:
            expected = f"seconds within [0, {steps})"
            raise _wrong(path, video_id, f"meta.token, {name}", expected, repr(second)[:40])
    return {name: float(second) for name, second in stored.items()}


def _answers(stored: object, video_id: str, path: Path) -> list[tuple[int, str]]:
    """Number and text of each answer of the conversation: questions and answers in turn."""
    key = "conversations"
    if not isinstance(stored, list) or not stored or len(stored) % 2:
        raise _wrong(path, video_id, key, "questions and answers in turn", _kind(stored))
    for number, turn in enumerate(stored):
        speaker = _SPEAKERS[number % 2]
        if not isinstance(turn, dict) or turn.get("from") != speaker:
            found = repr(turn.get("from"))[:40] if isinstance(turn, dict) else _kind(turn)
            raise _wrong(path, video_id, f"{key}[{number}].from", repr(speaker), found)
        if not isinstance(turn.get("value"), str) or not turn["value"].strip():
            raise _wrong(path, video_id, f"{key}[{number}].value", "a text", repr(turn.get("value"))[:40])
    return [(number, turn["value"]) for number, turn in enumerate(stored) if number % 2]


def _told(answer: str, tokens: Mapping[str, float], key: str, video_id: str, path: Path) -> list[Told]:
    try:
        return split_answer(answer, tokens)
    except KeyError as missing:
        expected = "references that meta.token defines"
        raise _wrong(path, video_id, key, expected, str(missing.args[0])) from None


def _asked(raw: Mapping[str, Any]) -> str:
    turns = raw.get("conversations")
    first = turns[0] if isinstance(turns, list) and turns else None
    return str(first.get("value")) if isinstance(first, dict) else ""


def _wrong(path: Path, video_id: str, key: str, expected: str, found: object) -> Exception:
    return damaged(path, f"video {video_id!r}, {key}", expected, found)


def _kind(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, list) else type(value).__name__
