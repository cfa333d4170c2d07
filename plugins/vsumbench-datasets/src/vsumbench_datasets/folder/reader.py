"""Reads a folder of videos with what lies beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data import damaged, sha256_json
from vsumbench.data.digests import sha256_file_kept
from vsumbench.data.subtitles import read_subtitles
from vsumbench.data.video import Sampling, VideoInfo, open_video, probe
from vsumbench.errors import VsumbenchError
from vsumbench_datasets.keyed import index_of, unknown_split_set

from .fitting import annotations_of, shots_of
from .folds import five_folds, own_folds
from .scanning import Item, scan
from .spec import FOLDER, SPLITS_FILE, STEPS_A_SECOND
from .told import Told, read_told

SAMPLING = Sampling("fps", STEPS_A_SECOND)


@dataclass(frozen=True, kw_only=True)
class _Sorted:
    """Ids of an edition's videos, ids of those without what it is about, and a line for each damaged one."""

    present: tuple[str, ...]
    lacking: tuple[str, ...]
    problems: tuple[str, ...]


class Folder:
    """All videos of the folder (`videos`, `planted`), those with importance (`full`) or texts (`texts`)."""

    def __init__(self, folder: Path, edition: str) -> None:
        self.folder = folder
        self.edition = edition

    def status(self) -> EditionStatus:
        """Annotation files are read, for they say which videos the edition has.

        Missing are videos without what the edition is about (unless none has it: then there is no such
        edition), and those that splits.json names and that are not there. A video whose annotation file is
        damaged is a problem of every edition.
        """
        try:
            found = self._sorted
            named = self._named()
        except VsumbenchError as error:
            return EditionStatus(problems=(error.message.removesuffix("."),))
        gone = tuple(name for name in named if name not in self._items)
        missing = (*found.lacking, *gone) if found.present else ()
        return EditionStatus(present=found.present, missing=missing, problems=found.problems)

    def fingerprint(self) -> str:
        """Over the bytes of every file that is read, and the sampling."""
        paths = [path for name in self.video_ids() for path in self._items[name].files]
        splits = self.folder / SPLITS_FILE
        paths.extend([splits] if splits.is_file() else [])
        names = {path.relative_to(self.folder).as_posix(): sha256_file_kept(path) for path in paths}
        return sha256_json([SAMPLING.name, names])

    def video_ids(self) -> tuple[str, ...]:
        """In alphabetical order.

        Raises:
            DuplicateIdError, DataDamagedError: two files of one id, or links that lead elsewhere.
        """
        return self._sorted.present

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """`all` and `five-fold` over the edition's videos; `own` as splits.json has it.

        Raises:
            UnknownSettingError: no such split set.
            DataMissingError: splits.json is not there.
            DataDamagedError, DuplicateIdError: it is no list of folds.
        """
        if split_set == "own":
            return own_folds(self.folder / SPLITS_FILE)
        if split_set == "all":
            return (Fold("all", (), self.video_ids()),)
        if split_set == "five-fold":
            return five_folds(self.video_ids())
        raise unknown_split_set(FOLDER, split_set)

    def video(self, video_id: str) -> Video:
        """Two steps a second; shots where the annotation file gives them; subtitles as timed text.

        Raises:
            DataDamagedError: the video, its subtitles or its annotation file cannot be read, or the video
                was cut short.
        """
        item = self._item(video_id)
        info = _probed(item.video)
        told = _told(item)
        shots = None if told is None or item.annotations is None else shots_of(told, info, item.annotations)
        return open_video(
            item.video,
            id=video_id,
            sampling=SAMPLING,
            change_points=shots,
            text=() if item.subtitles is None else read_subtitles(item.subtitles),
            info=info,
        )

    def annotations(self, video_id: str) -> Annotations:
        """What the annotation file says; nothing where there is none.

        Raises:
            DataDamagedError: it breaks the schema, or does not fit the video.
        """
        item = self._item(video_id)
        told = _told(item)
        if told is None or item.annotations is None:
            return Annotations(video_id=video_id)
        info = _probed(item.video)
        picks: NDArray[np.int64] = SAMPLING.picks(info.times, info.duration)
        return annotations_of(told, video_id, info, picks, item.annotations)

    @cached_property
    def _items(self) -> dict[str, Item]:
        return {item.id: item for item in scan(self.folder)}

    @cached_property
    def _sorted(self) -> _Sorted:
        present: list[str] = []
        lacking: list[str] = []
        problems: list[str] = []
        for item in self._items.values():
            try:
                if not item.video.stat().st_size:
                    raise damaged(item.video, "", "a video", "an empty file")
                told = _told(item)
            except VsumbenchError as error:
                problems.append(error.message.removesuffix("."))
                continue
            wanted = {
                "full": told is not None and told.rated,
                "texts": told is not None and bool(told.texts),
            }.get(self.edition, True)
            (present if wanted else lacking).append(item.id)
        return _Sorted(present=tuple(present), lacking=tuple(lacking), problems=tuple(problems))

    def _item(self, video_id: str) -> Item:
        index_of(FOLDER, self.video_ids(), video_id)
        return self._items[video_id]

    def _named(self) -> tuple[str, ...]:
        """Ids that splits.json names."""
        path = self.folder / SPLITS_FILE
        folds = own_folds(path) if path.is_file() else ()
        return tuple(dict.fromkeys(n for fold in folds for n in (*fold.train, *fold.validation, *fold.test)))


def _told(item: Item) -> Told | None:
    return None if item.annotations is None else read_told(item.annotations)


def _probed(path: Path) -> VideoInfo:
    stat = path.stat()
    return _info(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _info(path: Path, size: int, changed: int) -> VideoInfo:
    return probe(path)


def open_folder(folder: Path, edition: str) -> Folder:
    """Open a folder; nothing is read yet."""
    return Folder(folder, edition)
