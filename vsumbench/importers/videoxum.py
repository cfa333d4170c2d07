"""Generated texts as VideoXum's released evaluation saves them: `[{"image_id": 0, "caption": "…"}]`.

The file holds texts alone; the saliency of the same run is not saved. `image_id` is the place of the video
when the videos of the split are ordered by duration. The same run saves the references beside, as
`gt_test.json` for `test.json`: they tell which video is meant where durations are equal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vsumbench.data import read_json
from vsumbench.records.predictions import PredictionLine

from .files import check_file, kind, text_of, wrong
from .known import Known


def read(path: Path, known: Known) -> list[PredictionLine]:
    """One line a video with its text; an `image_id` that is a text is the video's id.

    Raises:
        DataMissingError, DataDamagedError: no such file, another layout, or numbers that cannot be told
            apart.
        PredictionError: an id no tested video has.
    """
    check_file(path)
    entries = _entries(read_json(path), path, "")
    numbered = [entry["image_id"] for entry in entries if not isinstance(entry["image_id"], str)]
    by_number = _by_number(numbered, path, known) if numbered else {}
    lines = []
    for place, entry in enumerate(entries):
        key, text = entry["image_id"], text_of(entry, "caption", path, f"[{place}]")
        video = known.id_of(key, path) if isinstance(key, str) else by_number[key]
        lines.append(PredictionLine(id=video, text=text))
    return lines


def _entries(content: Any, path: Path, key: str) -> list[dict[str, Any]]:
    if not isinstance(content, list) or not content:
        raise wrong(path, key, "a list of objects with `image_id` and `caption`", kind(content))
    for place, entry in enumerate(content):
        where = f"{key}[{place}]"
        if not isinstance(entry, dict):
            raise wrong(path, where, "an object with `image_id` and `caption`", kind(entry))
        number = entry.get("image_id")
        if isinstance(number, bool) or not isinstance(number, int | str):
            raise wrong(path, f"{where}.image_id", "a whole number or an id", repr(number))
    return content


def _by_number(numbered: Sequence[int], path: Path, known: Known) -> dict[int, str]:
    """The id of each number."""
    if sorted(numbered) != list(range(len(known.ids))):
        raise wrong(
            path,
            "image_id",
            f"each number from 0 to {len(known.ids) - 1} once, one for each tested video",
            f"{len(numbered)} numbers from {min(numbered)} to {max(numbered)}",
        )
    durations = {video: known.video(video).duration for video in known.ids}
    ordered = sorted(known.ids, key=lambda video: durations[video])
    shared = {length for length, count in Counter(durations.values()).items() if count > 1}
    found = {n: video for n, video in enumerate(ordered) if durations[video] not in shared}
    tied = [n for n, video in enumerate(ordered) if durations[video] in shared]
    if tied:
        found |= _by_reference(tied, ordered, path, known)
    return found


def _by_reference(tied: Sequence[int], ordered: Sequence[str], path: Path, known: Known) -> dict[int, str]:
    """The id of numbers whose duration several videos share, by the reference text saved beside."""
    beside = path.with_name(f"gt_{path.name}")
    if not beside.is_file():
        raise wrong(
            path,
            "image_id",
            "videos of different durations, which the numbers stand for",
            f"{len(tied)} videos that share theirs; put {beside.name}, saved by the same run, beside it",
        )
    check_file(beside)
    content = read_json(beside)
    listed = content.get("annotations") if isinstance(content, dict) else content
    said = {
        entry["image_id"]: _words(text_of(entry, "caption", beside, f"annotations[{place}]"))
        for place, entry in enumerate(_entries(listed, beside, "annotations"))
    }
    durations = {number: known.video(ordered[number]).duration for number in tied}
    meant: dict[int, str] = {}
    for number in tied:
        # Only videos of this duration can have this number.
        same = [ordered[other] for other in tied if durations[other] == durations[number]]
        fits = [
            video
            for video in same
            if said.get(number, "") in {_words(text) for text in known.annotations(video).texts}
        ]
        if len(fits) != 1:
            raise wrong(
                beside,
                f"annotations of image_id {number}",
                f"the reference text of one of {', '.join(map(repr, same))}",
                "that of none" if not fits else "a text they share",
            )
        meant[number] = fits[0]
    if len(set(meant.values())) < len(meant):
        raise wrong(beside, "annotations", "another video for each image_id", "one video twice")
    return meant


def _words(text: str) -> str:
    """Letters and digits alone: the released code takes punctuation out of its references."""
    return re.sub(r"[\W_]+", "", text.lower())
