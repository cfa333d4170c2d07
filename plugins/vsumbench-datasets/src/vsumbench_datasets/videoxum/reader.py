"""Reads VideoXum's three annotation files (protocols.md b), published or planted."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, EditionStatus, Feature, Fold, Video
from vsumbench.data import (
    check_finite,
    check_shape,
    damaged,
    read_json,
    read_npz,
    sha256_arrays,
    sha256_files,
    sha256_json,
)
from vsumbench.errors import DataMissingError, DuplicateIdError, VsumbenchError
from vsumbench.planted import LOOK_VERSION, PLANTED_20
from vsumbench_datasets.keyed import index_of, unknown_split_set

from .frames import draw
from .record import Record, compact, parse
from .spec import PARTS, PLANTED_SIZES, VIDEOXUM

ANNOTATION_FOLDERS = ("", "ActivityNet/anno")
"""Where the files lie: as they are downloaded, or in the tree that VideoXum's own code expects."""
FEATURE_FOLDER = f"ActivityNet/feat/{PLANTED_20.name}"


class VideoXum:
    """One step a second; each of ten annotators' one-hot rows is importance and selection at once."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder
        self.edition = edition

    @cached_property
    def _base(self) -> Path:
        places = [self.folder / place for place in ANNOTATION_FOLDERS]
        return next((p for p in places if any((p / name).is_file() for name in PARTS.values())), places[0])

    def status(self) -> EditionStatus:
        """Reads the annotation files, for the ids stand inside them; `missing` are file names."""
        missing = tuple(name for name in PARTS.values() if not (self._base / name).is_file())
        try:
            return EditionStatus(present=self.video_ids(), missing=missing)
        except VsumbenchError as error:
            return EditionStatus(missing=missing, problems=(error.message.removesuffix("."),))

    def fingerprint(self) -> str:
        """Over the annotation files that are there, and the features of the planted edition."""
        there = [PARTS[part] for part in self._parts]
        names = [(self._base / name).relative_to(self.folder).as_posix() for name in there]
        files = sha256_files(self.folder, names)
        if self.edition not in PLANTED_SIZES:
            return files
        # Arrays, not the bytes of npz files: those depend on the version of Python that wrote the archive.
        features = {video: self.video(video).features[PLANTED_20.name].read() for video in self.video_ids()}
        # Frames follow from the ids and the generator; a few of them tell whether it still draws the same.
        looks = {video: next(draw(video, (0,))).pixels for video in self.video_ids()[:4]}
        return sha256_json([files, sha256_arrays(features), LOOK_VERSION, sha256_arrays(looks)])

    def video_ids(self) -> tuple[str, ...]:
        """Train, validation, test, each in the order of its file."""
        return tuple(video for part in self._parts.values() for video in part)

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """The official division as the files give it.

        Raises:
            DataMissingError: the test file is not there, so there is nothing to evaluate.
        """
        if split_set != "official":
            raise unknown_split_set(VIDEOXUM, split_set)
        if "test" not in self._parts:
            raise DataMissingError(
                f"{self._base / PARTS['test']} is not there; it lists the test videos.",
                "See `vsumbench data status videoxum`.",
            )
        part = {name: tuple(self._parts.get(name, {})) for name in PARTS}
        return (Fold("official", part["train"], part["test"], part["validation"]),)

    def video(self, video_id: str) -> Video:
        """Frame t is second t: fps 1, as many native frames as sampled ones."""
        record = self._record(video_id)
        features: dict[str, Feature] = {}
        rendered = self.edition in PLANTED_SIZES
        if rendered:
            path = self.folder / FEATURE_FOLDER / f"{video_id}.npz"
            read = partial(_read_features, path, record.steps)
            features[PLANTED_20.name] = Feature(spec=PLANTED_20, steps=record.steps, read=read)
        return Video(
            id=video_id,
            duration=record.duration,
            fps=1.0,
            n_frames=record.steps,
            picks=np.arange(record.steps, dtype=np.int64),
            features=features,
            frames=partial(draw, video_id, range(record.steps)) if rendered else None,
            frames_at=partial(draw, video_id) if rendered else None,
        )

    def annotations(self, video_id: str) -> Annotations:
        """Selections (10, T) on the picks, and one text: the sentences joined as they are."""
        record = self._record(video_id)
        return Annotations(
            video_id=video_id,
            importance=record.selections.astype(np.float64),
            grid="picks",
            user_summaries=record.selections,
            texts=("".join(sentence.text for sentence in record.sentences),),
            captions=(record.sentences,),
        )

    @cached_property
    def _parts(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Part → video id → raw record, for the files that are there.

        Raises:
            DataDamagedError: a file that is not a list of records with ids.
            DuplicateIdError: an id stands twice, in one file or in two.
        """
        parts: dict[str, dict[str, dict[str, Any]]] = {}
        owner: dict[str, str] = {}
        for part, name in PARTS.items():
            path = self._base / name
            if not path.is_file():
                continue
            parts[part] = {}
            for video_id, raw in _load(path):
                if video_id in owner:
                    where = name if owner[video_id] == name else f"{owner[video_id]} and in {name}"
                    raise DuplicateIdError(
                        f"{self._base}: video id {video_id!r} stands twice: in {where}.",
                        "Fetch the files again; ids must be unique over the three files.",
                    )
                owner[video_id] = name
                parts[part][video_id] = raw
        return parts

    def _record(self, video_id: str) -> Record:
        for part, records in self._parts.items():
            if video_id in records:
                return parse(records[video_id], video_id, self._base / PARTS[part])
        index_of(VIDEOXUM, self.video_ids(), video_id)
        raise AssertionError(video_id)


def _load(path: Path) -> list[tuple[str, dict[str, Any]]]:
    content = read_json(path)
    if not isinstance(content, list) or not content:
        found = "an empty list" if content == [] else type(content).__name__
        raise damaged(path, "", "a list of records", found)
    records = []
    for number, raw in enumerate(content):
        video_id = raw.get("video_id") if isinstance(raw, dict) else None
        if not isinstance(video_id, str) or not video_id:
            raise damaged(path, f"record {number}", "an object with a video_id", f"{str(raw)[:60]!r}")
        records.append((video_id, compact(raw)))
    return records


def _read_features(path: Path, steps: int) -> NDArray[np.float32]:
    features = read_npz(path, "features")
    check_shape(features, (steps, *PLANTED_20.shape), path, "features")
    check_finite(features, path, "features")
    return features.astype(np.float32, copy=False)


def open_videoxum(folder: Path, edition: str) -> VideoXum:
    """Open VideoXum; nothing is read yet."""
    return VideoXum(folder, edition)
