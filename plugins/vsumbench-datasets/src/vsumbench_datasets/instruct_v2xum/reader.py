"""Reads Instruct-V2Xum: a JSON list of conversations for each part of the split, published or planted."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data import damaged, read_json, sha256_files
from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError, VsumbenchError
from vsumbench_datasets.keyed import index_of, unknown_split_set
from vsumbench_datasets.videoxum.generated import generated_digest, generated_video

from .record import Record, parse
from .references import timed, with_references, without_references
from .spec import INSTRUCT_V2XUM, PARTS

FOLDERS = ("", "data")
"""Where the files lie: in the dataset's folder, or in its `data`."""
FEATURE_FOLDER = "features/planted-20"
_WORDS = re.compile(r"[a-z]+")
_ID = re.compile(r"[!-.0-~]+")
Raws = dict[str, list[dict[str, Any]]]


class InstructV2Xum:
    """One step a second; the frames that were selected are importance and selection of one annotator."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder
        self.edition = edition

    def status(self) -> EditionStatus:
        """Reads the files, for the ids stand inside them; `missing` are the parts without a file."""
        try:
            missing = tuple(f"*{PARTS[part][-1]}*.json" for part in PARTS if part not in self._paths)
            return EditionStatus(present=self.video_ids(), missing=missing)
        except VsumbenchError as error:
            return EditionStatus(problems=(error.message.removesuffix("."),))

    def remarks(self) -> tuple[str, ...]:
        """What is odd in the files, and how it is read; nothing of it is damage.

        Raises:
            DataDamagedError: a record that cannot be read.
        """
        odd = []
        for video_id in self.video_ids():
            record = self._record(video_id)
            if (record.referenced & ~record.selection).any():
                odd.append(video_id)
        if not odd:
            return ()
        some = ", ".join(odd[:3]) + (", …" if len(odd) > 3 else "")
        line = (
            f"texts of {len(odd)} of {len(self.video_ids())} videos refer to frames that vsum_onehot does "
            f"not select; the video summary is vsum_onehot: {some}"
        )
        return (line,)

    def fingerprint(self) -> str:
        """Over the files that are there, and the features of the planted edition."""
        names = [path.relative_to(self.folder).as_posix() for path in self._paths.values()]
        files = sha256_files(self.folder, names)
        return files if self._published else generated_digest(files, self.video_ids(), self.video)

    def video_ids(self) -> tuple[str, ...]:
        """Train, validation, test, each in the order of its file."""
        return tuple(video for part in self._parts.values() for video in part)

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """The official division as the files give it.

        Raises:
            DataMissingError: the test file is not there, so there is nothing to evaluate.
        """
        if split_set != "official":
            raise unknown_split_set(INSTRUCT_V2XUM, split_set)
        if "test" not in self._parts:
            raise DataMissingError(
                f"{self.folder} has no JSON file with 'test' in its name; it lists the test videos.",
                f"See `vsumbench data status {INSTRUCT_V2XUM.id}`.",
            )
        part = {name: tuple(self._parts.get(name, {})) for name in PARTS}
        return (Fold("official", part["train"], part["test"], part["validation"]),)

    def video(self, video_id: str) -> Video:
        """Frame t is second t: fps 1, as many native frames as sampled ones."""
        record = self._record(video_id)
        if not self._published:
            return generated_video(video_id, record.duration, record.steps, self.folder / FEATURE_FOLDER)
        return Video(
            id=video_id,
            duration=record.duration,
            fps=1.0,
            n_frames=record.steps,
            picks=np.arange(record.steps, dtype=np.int64),
        )

    def annotations(self, video_id: str) -> Annotations:
        """The selected frames (1, T) on the picks; the text without references, and its sentences with the
        seconds they refer to."""
        record = self._record(video_id)
        selection = record.selection[None]
        return Annotations(
            video_id=video_id,
            importance=selection.astype(np.float64),
            grid="picks",
            user_summaries=selection,
            texts=tuple(without_references(told) for told in record.texts),
            captions=tuple(timed(told, record.duration) for told in record.texts),
        )

    def referring_texts(self, video_id: str) -> tuple[str, ...]:
        """The texts with their references in seconds, as the paper prints them: `[4.0]A man leaves.`"""
        return tuple(with_references(told) for told in self._record(video_id).texts)

    @property
    def _published(self) -> bool:
        return self.edition == "annotations"

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """Part → the one JSON file whose name says it.

        Raises:
            DataDamagedError: two files of one part.
        """
        found: dict[str, Path] = {}
        for place in FOLDERS:
            for path in sorted((self.folder / place).glob("*.json")):
                words = _WORDS.findall(path.stem.lower())
                said = [part for part, names in PARTS.items() if any(name in words for name in names)]
                if len(said) != 1:
                    continue  # of no part, or of several at once: not a file of the split
                if said[0] in found:
                    raise DataDamagedError(
                        f"{found[said[0]]} and {path} both are the {said[0]} part by their names.",
                        "Keep one of them there.",
                    )
                found[said[0]] = path
        return {part: found[part] for part in PARTS if part in found}

    @cached_property
    def _parts(self) -> dict[str, Raws]:
        """Part → video id → its raw records.

        Raises:
            DataDamagedError: a file that is not a list of records with ids.
            DuplicateIdError: an id stands in two files.
        """
        parts: dict[str, Raws] = {}
        owner: dict[str, str] = {}
        for part, path in self._paths.items():
            parts[part] = _load(path)
            for video_id in parts[part]:
                if video_id in owner:
                    raise DuplicateIdError(
                        f"{self.folder}: video id {video_id!r} stands in {owner[video_id]} and in "
                        f"{path.name}.",
                        "Fetch the files again; a video is in one part of the split.",
                    )
                owner[video_id] = path.name
        return parts

    def _record(self, video_id: str) -> Record:
        for part, records in self._parts.items():
            if video_id in records:
                return parse(records[video_id], video_id, self._paths[part])
        index_of(INSTRUCT_V2XUM, self.video_ids(), video_id)
        raise AssertionError(video_id)


def _load(path: Path) -> Raws:
    content = read_json(path, unique=True)
    if not isinstance(content, list) or not content:
        found = "an empty list" if content == [] else type(content).__name__
        raise damaged(path, "", "a list of records", found)
    records: Raws = {}
    for number, raw in enumerate(content):
        video_id = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(video_id, str) or not _ID.fullmatch(video_id):
            expected = "an object with an id of visible ASCII characters, no slash among them"
            raise damaged(path, f"record {number}", expected, f"{str(raw)[:60]!r}")
        records.setdefault(video_id, []).append(raw)
    return records


def open_instruct_v2xum(folder: Path, edition: str) -> InstructV2Xum:
    """Open Instruct-V2Xum; nothing is read yet."""
    return InstructV2Xum(folder, edition)
