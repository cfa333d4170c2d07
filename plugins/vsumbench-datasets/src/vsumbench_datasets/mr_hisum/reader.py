"""Reads Mr. HiSum (protocols.md f): `mr_hisum.h5`, with `metadata.csv` and the split file beside it."""

from __future__ import annotations

import re
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, EditionStatus, Feature, Fold, Video
from vsumbench.data import check_finite, check_shape, damaged, folds_digest, read_json, sha256_json
from vsumbench.errors import DuplicateIdError, VsumbenchError
from vsumbench_datasets.keyed import index_of, unknown_split_set

from .metadata import Row, read_metadata
from .record import Labels, feature_shape, open_h5, read_labels, stored_digest
from .spec import H5, METADATA, MR_HISUM, SPLIT, YOUTUBE8M
from .splits import DIGEST, VIDEOS, official_fold

FOLDERS = ("", "dataset")
"""Where the files lie: in the dataset's folder, or in the tree that the authors' code expects."""
SLACK, SHARE = 1.0, 0.05
"""How far a duration may be from the number of steps: seconds, or this share of it."""
_ID = re.compile(r"video_([1-9][0-9]*)", re.ASCII)


class MrHiSum:
    """One step a second; importance is the most-replayed curve, and one summary was made from it.

    The curve counts replays: a rating that comes from everybody at once, hence one annotator.
    """

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder
        self.edition = edition

    @cached_property
    def _base(self) -> Path:
        places = [self.folder / place for place in FOLDERS]
        return next((place for place in places if (place / H5).is_file()), places[0])

    @property
    def _path(self) -> Path:
        return self._base / H5

    def status(self) -> EditionStatus:
        """Reads the names in the file; a video of an edition with features is present where it has them."""
        if not self._path.is_file():
            return EditionStatus(missing=(H5,))
        try:
            present = self.video_ids()
            absent = [] if (self._base / METADATA).is_file() else [METADATA]
            if not present:
                return EditionStatus(missing=(f"features in {H5}", *absent))
            there = frozenset(present)
            known = self._split.train + self._split.validation + self._split.test
            lacking = [video for video in known if video not in there]
            return EditionStatus(present=present, missing=(*absent, *lacking))
        except VsumbenchError as error:
            return EditionStatus(problems=(error.message.removesuffix("."),))

    def fingerprint(self) -> str:
        """Over the labels of every video, and of features their shape and middle row.

        The features of all videos are 26 GB; a row of each tells other features from these.
        """
        with open_h5(self._path) as file:
            return sha256_json(
                {video_id: stored_digest(file, video_id, self._featured) for video_id in self.video_ids()}
            )

    def video_ids(self) -> tuple[str, ...]:
        """Those whose group is there (and has features, in editions with features), by number."""
        return self._ids

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """The official division, complete as published; of the planted edition that of its own split file.

        Raises:
            DataMissingError, DataDamagedError: the split file of the planted edition cannot be read, or one
                beside the published data divides otherwise.
        """
        if split_set != "official":
            raise unknown_split_set(MR_HISUM, split_set)
        return (self._split,)

    def youtube_id(self, video_id: str) -> str | None:
        """The YouTube id of a video; None where `metadata.csv` is not there."""
        row = self._row(video_id)
        return row.youtube_id if row is not None else None

    def video(self, video_id: str) -> Video:
        """Frame t is second t: fps 1. The duration is that of `metadata.csv`, else the number of steps."""
        labels, shape = self._labels(video_id)
        steps, features = len(labels.scores), {}
        if self._featured:
            where = f"{video_id}/features"
            if shape != (steps, *YOUTUBE8M.shape):
                expected = f"shape ({steps}, {YOUTUBE8M.shape[0]}), a row a label"
                raise damaged(self._path, where, expected, f"shape {shape}" if shape else "nothing")
            read = partial(_read_features, self._path, where, steps)
            features[YOUTUBE8M.name] = Feature(spec=YOUTUBE8M, steps=steps, read=read)
        return Video(
            id=video_id,
            duration=self._duration(video_id, steps),
            fps=1.0,
            n_frames=steps,
            picks=np.arange(steps, dtype=np.int64),
            change_points=labels.shots,
            features=features,
        )

    def annotations(self, video_id: str) -> Annotations:
        """The curve (1, T) and the summary (1, T), both also as the published training targets."""
        labels, _ = self._labels(video_id)
        return Annotations(
            video_id=video_id,
            importance=labels.scores[None],
            grid="picks",
            user_summaries=labels.summary[None],
            gtscore=labels.scores,
            gtsummary=labels.summary,
        )

    @property
    def _published(self) -> bool:
        return self.edition != "planted"

    @property
    def _featured(self) -> bool:
        return self.edition != "annotations"

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        numbers = []
        with open_h5(self._path) as file:
            for name in file:
                found = _ID.fullmatch(name)
                if found is None or (self._published and int(found[1]) > VIDEOS):
                    raise damaged(self._path, "", f"groups video_1 to video_{VIDEOS}", f"{name!r}")
                if not self._featured or f"{name}/features" in file:
                    numbers.append(int(found[1]))
        return tuple(f"video_{number}" for number in sorted(numbers))

    @cached_property
    def _split(self) -> Fold:
        path = self._base / SPLIT
        if self._published and not path.is_file():
            return official_fold()
        stored = _read_split(path)
        if self._published and folds_digest((stored,)) != DIGEST:
            raise damaged(path, "", "the published division", "another one")
        return official_fold() if self._published else stored

    @cached_property
    def _metadata(self) -> dict[str, Row] | None:
        path = self._base / METADATA
        return read_metadata(path) if path.is_file() else None

    def _row(self, video_id: str) -> Row | None:
        if self._metadata is None:
            return None
        if video_id not in self._metadata:
            raise damaged(self._base / METADATA, "video_id", f"a row of {video_id}", "none")
        return self._metadata[video_id]

    def _duration(self, video_id: str, steps: int) -> float:
        row = self._row(video_id)
        if row is None:
            return float(steps)
        if abs(row.duration - steps) > max(SLACK, SHARE * steps):
            raise damaged(
                self._base / METADATA,
                f"{video_id}, duration",
                f"about {steps} s, one a label of {H5}",
                f"{row.duration:g} s",
            )
        return row.duration

    def _labels(self, video_id: str) -> tuple[Labels, tuple[int, ...] | None]:
        if video_id not in self._known:
            index_of(MR_HISUM, self._ids, video_id)
        with open_h5(self._path) as file:
            return read_labels(file, video_id), feature_shape(file, video_id)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._ids)


def _read_split(path: Path) -> Fold:
    content = read_json(path, unique=True)
    keys = {"train": "train_keys", "validation": "val_keys", "test": "test_keys"}
    if not isinstance(content, dict) or not set(keys.values()) <= set(content):
        found = f"the keys {sorted(content)}" if isinstance(content, dict) else type(content).__name__
        raise damaged(path, "", f"an object with {', '.join(keys.values())}", found)
    parts: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for part, key in keys.items():
        names = content[key]
        if not isinstance(names, list) or not names:
            raise damaged(path, key, "a list of video ids, not empty", type(names).__name__)
        for name in names:
            if not isinstance(name, str) or not _ID.fullmatch(name):
                raise damaged(path, key, "ids like video_1", repr(name)[:40])
            if name in owner:
                raise DuplicateIdError(
                    f"{path}: video id {name!r} stands twice: in {owner[name]} and in {key}.",
                    "Fetch the file again; each video is in one part.",
                )
            owner[name] = key
        parts[part] = tuple(names)
    return Fold("official", parts["train"], parts["test"], parts["validation"])


def _read_features(path: Path, where: str, steps: int) -> NDArray[np.float32]:
    with open_h5(path) as file:
        values = np.asarray(file[where][()])
    check_shape(values, (steps, *YOUTUBE8M.shape), path, where)
    check_finite(values, path, where)
    return values.astype(np.float32, copy=False)


def open_mr_hisum(folder: Path, edition: str) -> MrHiSum:
    """Open Mr. HiSum; nothing is read yet."""
    return MrHiSum(folder, edition)
