"""Reads VideoXum (protocols.md b): three annotation files, published features where they are, or planted."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data import damaged, read_json, sha256_files, sha256_json
from vsumbench.errors import DataMissingError, DuplicateIdError, VsumbenchError
from vsumbench.planted import PLANTED_20
from vsumbench_datasets.keyed import index_of, unknown_split_set

from .features import PUBLISHED, Published, common_steps, content_of, feature_of, rows_of
from .generated import generated_digest, generated_video
from .record import REVERSED, Record, compact, parse
from .spec import PARTS, PLANTED_SIZES, VIDEOXUM

ANNOTATION_FOLDERS = ("", "ActivityNet/anno")
"""Where the files lie: as they are downloaded, or in the tree that VideoXum's own code expects."""
FEATURE_FOLDER = f"ActivityNet/feat/{PLANTED_20.name}"


class VideoXum:
    """One step a second; each of ten annotators' one-hot rows is importance and selection at once."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder
        self.edition = edition
        # Rows of each video's feature files, whose headers a plan counts and a run needs again.
        self._rows: dict[str, dict[str, int]] = {}

    @cached_property
    def _base(self) -> Path:
        places = [self.folder / place for place in ANNOTATION_FOLDERS]
        return next((p for p in places if any((p / name).is_file() for name in PARTS.values())), places[0])

    def status(self) -> EditionStatus:
        """Reads the annotation files, for the ids stand inside them; `missing` are file names.

        A video of edition `full` is present where all its feature files are; without any, nothing is.
        """
        missing = tuple(name for name in PARTS.values() if not (self._base / name).is_file())
        if self._full and not any(self._feature_files.values()):
            return EditionStatus(missing=(*missing, *(f"{kind.folder}/*.npz" for kind in PUBLISHED)))
        try:
            present = self.video_ids()
            lacking = [
                f"{kind.folder}/{video}.npz"
                for kind in (PUBLISHED if self._full else ())
                for video in self._all_ids
                if video not in self._feature_files[kind.folder]
            ]
            return EditionStatus(present=present, missing=(*missing, *lacking))
        except VsumbenchError as error:
            return EditionStatus(missing=missing, problems=(error.message.removesuffix("."),))

    def remarks(self) -> tuple[str, ...]:
        """What is odd in the files, and how it is read; nothing of it is damage.

        Raises:
            DataMissingError, DataDamagedError: a record or the header of a feature file cannot be read.
        """
        lines = [
            f"video {video!r}: a segment is published with its end before its start; it is read turned round"
            for video in self.video_ids()
            if video in REVERSED and self._record(video).turned
        ]
        if self._full:
            cut = [line for video in self.video_ids() if (line := self._cut(video))]
            if cut:
                some = "; ".join(cut[:3]) + ("; …" if len(cut) > 3 else "")
                lines.append(
                    f"{len(cut)} of {len(self.video_ids())} videos have other numbers of labels and feature "
                    f"rows and are cut to the least: {some}"
                )
        return tuple(lines)

    def fingerprint(self) -> str:
        """Over the annotation files that are there, and the features of the editions that have some.

        Published features, 4 GB, enter with the checksums that stand in their files.
        """
        there = [PARTS[part] for part in self._parts]
        names = [(self._base / name).relative_to(self.folder).as_posix() for name in there]
        files = sha256_files(self.folder, names)
        if self.edition in PLANTED_SIZES:
            return generated_digest(files, self.video_ids(), self.video)
        if not self._full:
            return files
        contents = {
            f"{kind.folder}/{video}": content_of(self._feature_path(kind, video), kind)
            for kind in PUBLISHED
            for video in self.video_ids()
        }
        return sha256_json([files, contents])

    def video_ids(self) -> tuple[str, ...]:
        """Train, validation, test, each in the order of its file."""
        if not self._full:
            return self._all_ids
        files = self._feature_files.values()
        return tuple(video for video in self._all_ids if all(video in there for there in files))

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
        """Frame t is second t: fps 1, as many native frames as sampled ones.

        Where labels and published features differ in number, the video has the least of them as steps.
        """
        record = self._record(video_id)
        if self.edition in PLANTED_SIZES:
            features = self.folder / FEATURE_FOLDER
            return generated_video(video_id, record.duration, record.steps, features)
        steps, rows = self._steps(video_id, record)
        return Video(
            id=video_id,
            duration=record.duration,
            fps=1.0,
            n_frames=steps,
            picks=np.arange(steps, dtype=np.int64),
            features={
                kind.spec.name: feature_of(
                    self._feature_path(kind, video_id), kind, rows[kind.spec.name], steps
                )
                for kind in (PUBLISHED if self._full else ())
            },
        )

    def annotations(self, video_id: str) -> Annotations:
        """Selections (10, T) on the picks, and one text: the sentences joined as they are."""
        record = self._record(video_id)
        steps, _ = self._steps(video_id, record)
        selections = record.selections[:, :steps]
        return Annotations(
            video_id=video_id,
            importance=selections.astype(np.float64),
            grid="picks",
            user_summaries=selections,
            texts=("".join(sentence.text for sentence in record.sentences),),
            captions=(record.sentences,),
        )

    @property
    def _full(self) -> bool:
        return self.edition == "full"

    @cached_property
    def _all_ids(self) -> tuple[str, ...]:
        return tuple(video for part in self._parts.values() for video in part)

    @cached_property
    def _feature_files(self) -> dict[str, frozenset[str]]:
        """Folder → ids with a file in it."""
        return {
            kind.folder: frozenset(path.stem for path in (self.folder / kind.folder).glob("*.npz"))
            for kind in PUBLISHED
        }

    def _feature_path(self, kind: Published, video_id: str) -> Path:
        return self.folder / kind.folder / f"{video_id}.npz"

    def _steps(self, video_id: str, record: Record) -> tuple[int, dict[str, int]]:
        """The steps of a video, and the rows of each of its published features."""
        if not self._full:
            return record.steps, {}
        if video_id not in self._rows:
            self._rows[video_id] = {
                kind.spec.name: rows_of(self._feature_path(kind, video_id), kind) for kind in PUBLISHED
            }
        rows = self._rows[video_id]
        where = self.folder / "ActivityNet" / "feat"
        return common_steps(record.steps, rows, where, video_id), rows

    def _cut(self, video_id: str) -> str:
        """The numbers of a video whose labels and features differ in number; empty where they agree."""
        record = self._record(video_id)
        _, rows = self._steps(video_id, record)
        if set(rows.values()) == {record.steps}:
            return ""
        counts = ", ".join(f"{count} of {name}" for name, count in rows.items())
        return f"{video_id} ({record.steps} labels, {counts})"

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
        index_of(VIDEOXUM, self._all_ids, video_id)
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


def open_videoxum(folder: Path, edition: str) -> VideoXum:
    """Open VideoXum; nothing is read yet."""
    return VideoXum(folder, edition)
