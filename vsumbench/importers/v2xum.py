"""Answers of V2Xum-LLaMA: sentences with two-digit stamps in brackets, of a video cut into 100 parts.

The released demo prints an answer; nothing writes a file. Collected as `{id: answer}` they are read here.
Stamps stand behind the sentence they belong to (`A man runs [03, 04].`) or before it (`[03]A man runs.`).
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from vsumbench.contracts import Video
from vsumbench.records.predictions import PredictionLine

from .files import json_mapping, kind, wrong
from .known import Known

PARTS = 100
_STAMP = r"\d{1,2}(?:\.\d+)?"
_MARK = re.compile(rf"\[\s*({_STAMP}(?:\s*,\s*{_STAMP})*)\s*\]")
_BARE = re.compile(r"(?<![\d.])\d{2}(?![\d.])")
_CLOSING = re.compile(r"[\s.,;:!?]+")

Parts = list[tuple[str, list[int]]]
"""Sentences, each with its stamps in order."""


def read(path: Path, known: Known) -> list[PredictionLine]:
    """One line a video: the answer without stamps, and a segment for each run of stamps of a sentence.

    Stamp k stands for the part from k to k + 1 hundredths of the video. An answer without stamps shows
    nothing: its video summary is empty.

    Raises:
        DataMissingError, DataDamagedError: no such file, or another layout.
        PredictionError: a key no tested video has.
    """
    lines = []
    for key, answer in json_mapping(path).items():
        if not isinstance(answer, str):
            raise wrong(path, key, "the answer as a text", kind(answer))
        lines.append(_line(known.video(known.id_of(key, path)), answer))
    return lines


def parts_of(answer: str) -> Parts:
    """The sentences of an answer with the stamps of each; one without words where it is stamps alone.

    Decimals of a stamp are ignored. Numbers without brackets are stamps only in an answer without a letter.
    """
    pieces = _MARK.split(unicodedata.normalize("NFC", answer))
    texts = [" ".join(text.split()) for text in pieces[::2]]
    marks = [[int(float(stamp)) for stamp in mark.split(",")] for mark in pieces[1::2]]
    if not marks and not any(character.isalpha() for character in answer):
        return [("", _ordered([int(stamp) for stamp in _BARE.findall(answer)]))]
    before = not texts[0] and any(texts)
    if before:
        return _merged([(text, stamps) for stamps, text in zip(marks, texts[1:], strict=True)], before)
    return _merged(list(zip(texts, [*marks, []], strict=True)), before)


def _merged(parts: Parts, before: bool) -> Parts:
    """One part a sentence: stamps that follow each other are joined, closing marks go back to theirs."""
    found: Parts = []
    waiting: list[int] = []
    for text, stamps in parts:
        closing = _CLOSING.match(text) if found and not before else None
        if closing:
            said, listed = found[-1]
            found[-1] = (said + closing[0].strip(), listed)
            text = text[closing.end() :]
        if text:
            found.append((text, [*waiting, *stamps]))
            waiting = []
        elif before or not found:
            waiting += stamps
        else:
            found[-1][1].extend(stamps)
    if waiting:
        found.append(("", waiting))
    return [(text, _ordered(stamps)) for text, stamps in found]


def _ordered(stamps: list[int]) -> list[int]:
    return sorted(set(stamps))


def _line(video: Video, answer: str) -> PredictionLine:
    text = ""
    segments: list[tuple[float, float]] = []
    links: list[tuple[int, int, int]] = []
    for sentence, stamps in parts_of(answer):
        text += " " if text and sentence else ""
        for first, last in _runs(stamps):
            if sentence:
                links.append((len(text), len(text) + len(sentence), len(segments)))
            segments.append((first * video.duration / PARTS, (last + 1) * video.duration / PARTS))
        text += sentence
    return PredictionLine(id=video.id, segments=segments, text=text, links=links)


def _runs(stamps: list[int]) -> list[tuple[int, int]]:
    """The first and last of each run of stamps that follow each other."""
    runs: list[tuple[int, int]] = []
    for stamp in stamps:
        if runs and runs[-1][1] == stamp - 1:
            runs[-1] = (runs[-1][0], stamp)
        else:
            runs.append((stamp, stamp))
    return runs
