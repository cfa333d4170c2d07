"""Reads ActivityNet Captions: `train.json` and `val_{1,2}.json` (protocols.md g), published or planted."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data import damaged, sha256_files
from vsumbench.errors import DataMissingError, DuplicateIdError, VsumbenchError
from vsumbench_datasets.keyed import index_of, unknown_split_set
from vsumbench_datasets.videoxum.generated import generated_digest, generated_video
from vsumbench_datasets.videoxum.record import REVERSED

from .entities import entities_tests, is_published
from .record import SLACK, Entry, load, parse
from .spec import ACTIVITYNET_CAPTIONS, ENTITIES_FILES, FILES

FOLDERS = ("", "captions")
"""Where the files lie: in the dataset's folder, or in one named like the archive they come in."""
FEATURE_FOLDER = "features/planted-20"


class ActivityNetCaptions:
    """Texts alone: a step a second, and for a validation video the texts of two people."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder
        self.edition = edition

    @cached_property
    def _base(self) -> Path:
        places = [self.folder / place for place in FOLDERS]
        return next((p for p in places if any((p / name).is_file() for name in FILES)), places[0])

    def status(self) -> EditionStatus:
        """Reads the files, for the ids stand inside them; `missing` are file names."""
        missing = tuple(name for name in FILES if not (self._base / name).is_file())
        try:
            return EditionStatus(present=self.video_ids(), missing=missing)
        except VsumbenchError as error:
            return EditionStatus(missing=missing, problems=(error.message.removesuffix("."),))

    def remarks(self) -> tuple[str, ...]:
        """What is odd in the files, and how it is read; nothing of it is damage.

        Raises:
            DataDamagedError: an entry that cannot be read.
        """
        lines = []
        for video_id in (video for video in self.video_ids() if video in REVERSED):
            for name, entry in self._entries(video_id):
                for number in entry.turned:
                    start, end = self._files[name][video_id]["timestamps"][number]
                    lines.append(
                        f"{name}: video {video_id!r}, segment {number} is published as [{start:g}, {end:g}], "
                        "its end before its start; it is read turned round"
                    )
        return tuple(lines)

    def fingerprint(self) -> str:
        """Over the files that are there, and the features of the planted edition."""
        names = [(self._base / name).relative_to(self.folder).as_posix() for name in self._files]
        files = sha256_files(self.folder, names)
        return files if self._published else generated_digest(files, self.video_ids(), self.video)

    def video_ids(self) -> tuple[str, ...]:
        """Those that train, then those of the validation files, each in the order of its file."""
        return tuple(dict.fromkeys(video for entries in self._files.values() for video in entries))

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """`official` as the files give it; `anet-entities` divides the validation videos.

        Raises:
            DataMissingError: no validation file is there, or of the re-split not all that it divides.
            DataDamagedError: files of the re-split that are there divide otherwise.
        """
        if split_set not in ("official", "anet-entities"):
            raise unknown_split_set(ACTIVITYNET_CAPTIONS, split_set)
        train = tuple(self._files.get("train.json", {}))
        held = tuple(video for video in self.video_ids() if video not in self._files.get("train.json", {}))
        if not held:
            raise DataMissingError(
                f"neither {self._base / 'val_1.json'} nor val_2.json is there; they list the test videos.",
                f"See `vsumbench data status {ACTIVITYNET_CAPTIONS.id}`.",
            )
        if split_set == "official":
            return (Fold("official", train, held),)
        tested = self._entities_tests(held)
        validation = tuple(video for video in held if video not in tested)
        return (Fold("anet-entities", train, tuple(v for v in held if v in tested), validation),)

    def video(self, video_id: str) -> Video:
        """Frame t is second t: fps 1, as many frames as seconds begun."""
        (_, first), *_ = self._entries(video_id)
        seconds = math.ceil(first.duration)
        if not self._published:
            return generated_video(video_id, first.duration, seconds, self.folder / FEATURE_FOLDER)
        picks = np.arange(seconds, dtype=np.int64)
        return Video(id=video_id, duration=first.duration, fps=1.0, n_frames=seconds, picks=picks)

    def annotations(self, video_id: str) -> Annotations:
        """A text and its timed sentences of each file that has the video; the text is the sentences joined as
        they are."""
        captions = tuple(entry.captions for _, entry in self._entries(video_id))
        texts = tuple("".join(sentence.text for sentence in told) for told in captions)
        return Annotations(video_id=video_id, texts=texts, captions=captions)

    @property
    def _published(self) -> bool:
        return self.edition == "annotations"

    @cached_property
    def _files(self) -> dict[str, dict[str, Any]]:
        """File → video id → raw entry, for the files that are there.

        Raises:
            DataDamagedError: a file that is no object of entries.
            DuplicateIdError: a training video stands in a validation file.
        """
        files = {name: load(self._base / name) for name in FILES if (self._base / name).is_file()}
        for name in ("val_1.json", "val_2.json"):
            for video_id in files.get(name, {}):
                if video_id in files.get("train.json", {}):
                    raise DuplicateIdError(
                        f"{self._base}: video id {video_id!r} stands in train.json and in {name}.",
                        "Fetch the files again; no training video is a validation video.",
                    )
        return files

    def _entries(self, video_id: str) -> list[tuple[str, Entry]]:
        """File and entry, for each file that has the video; their durations agree."""
        found = [
            (name, parse(entries[video_id], video_id, self._base / name))
            for name, entries in self._files.items()
            if video_id in entries
        ]
        if not found:
            index_of(ACTIVITYNET_CAPTIONS, self.video_ids(), video_id)
        (first_name, first), *others = found
        for name, entry in others:
            if abs(entry.duration - first.duration) > SLACK:
                raise damaged(
                    self._base / name,
                    f"video {video_id!r}, duration",
                    f"{first.duration:g} s as in {first_name}",
                    f"{entry.duration:g} s",
                )
        return found

    def _entities_tests(self, held: tuple[str, ...]) -> frozenset[str]:
        """Which validation videos the re-split tests: from its files, and for the published videos as stored
        in this package."""
        listed = self._entities_files(frozenset(held))
        if not self._published and listed is not None:
            return listed
        if not is_published(held):
            raise DataMissingError(
                f"split set 'anet-entities' divides the 4,917 published validation videos; {self._base} has "
                f"{len(held)} others or a part of them.",
                "Put val_1.json of ActivityNet Captions there whole, or use `--split-set official`.",
            )
        tested = entities_tests(held)
        if listed is not None and listed != tested:
            some = min(listed ^ tested)
            raise damaged(
                self._base / ENTITIES_FILES["test"][0],
                "",
                "the published division",
                f"another, e.g. of {some!r}",
            )
        return tested

    def _entities_files(self, held: frozenset[str]) -> frozenset[str] | None:
        """What the files of the re-split list as tested; None where one part of it has no file."""
        parts: dict[str, set[str]] = {}
        for part, names in ENTITIES_FILES.items():
            paths = [self._base / name for name in names if (self._base / name).is_file()]
            if not paths:
                return None
            parts[part] = {video for path in paths for video in load(path)}
        if parts["val"] & parts["test"] or parts["val"] | parts["test"] != held:
            both = sorted((parts["val"] & parts["test"]) | ((parts["val"] | parts["test"]) ^ held))
            raise damaged(
                self._base / ENTITIES_FILES["test"][0],
                "",
                "a division of the validation videos, each in one part",
                f"{both[0]!r} in both or neither",
            )
        return frozenset(parts["test"])


def open_activitynet(folder: Path, edition: str) -> ActivityNetCaptions:
    """Open ActivityNet Captions; nothing is read yet."""
    return ActivityNetCaptions(folder, edition)
