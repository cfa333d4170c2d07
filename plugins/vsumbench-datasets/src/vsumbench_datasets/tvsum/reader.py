"""Reads TVSum: `ydata-tvsum50.mat`, MATLAB v7.3 (protocols.md a.1), alone or joined with features."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data import check_finite, check_shape, check_unique, damaged, sha256_files
from vsumbench_datasets.eccv16.file import Eccv16File
from vsumbench_datasets.eccv16.joined import (
    FileRatings,
    Joined,
    Ratings,
    TrainsOnNone,
    augmented,
    rank_agreement,
)
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.record import Told
from vsumbench_datasets.keyed import STEP, index_of, keys, published_folds
from vsumbench_datasets.matlab import cell, cells, open_v73, scalar, text

from .spec import TVSUM
from .splits import TESTS
from .tsv import TsvRatings

FILE = "ydata-tvsum50.mat"
VIDEOS = 50
ANNOTATORS = 20
RATINGS = (
    f"{FILE} (get it from https://github.com/yalesong/tvsum, matlab/{FILE}), or ydata-tvsum50-anno.tsv of "
    "the archive tvsum50_ver_1_1.tgz (from http://people.csail.mit.edu/yalesong/tvsum)"
)
AGREEMENT = 0.99
"""Spearman correlation below which gtscore is not that of these ratings. It is 1 in the published files."""


class TvSum(TrainsOnNone):
    """The `annotations` edition: 20 annotators' ratings 1 to 5 of every frame, constant over 2 s shots."""

    ids = keys(VIDEOS)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def _path(self) -> Path:
        return self.folder / FILE

    @cached_property
    def names(self) -> dict[str, str]:
        """Video id → YouTube id, in the order of the file.

        Raises:
            DataDamagedError: the file cannot be read, or its names are not text.
            DuplicateIdError: a YouTube id stands twice.
        """
        with open_v73(self._path) as file:
            found = _column(file, "video")
            names = [text(cell(file, found, i), str(self._path), f"video[{i}]") for i in range(VIDEOS)]
        check_unique(names, f"{self._path}: video")
        return dict(zip(self.ids, names, strict=True))

    def name(self, video_id: str) -> str:
        """The YouTube id of a video."""
        index_of(TVSUM, self.ids, video_id)
        return self.names[video_id]

    def status(self) -> EditionStatus:
        """One file holds all videos."""
        if not self._path.is_file():
            return EditionStatus(missing=(FILE,))
        if self._path.stat().st_size == 0:
            return EditionStatus(problems=(f"{self._path} is empty",))
        return EditionStatus(present=self.ids)

    def fingerprint(self) -> str:
        """Over the one file."""
        return sha256_files(self.folder, [FILE])

    def video_ids(self) -> tuple[str, ...]:
        """All 50 in the order of the file, once it is seen to be readable."""
        return tuple(self.names)

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """Published folds."""
        return published_folds(TVSUM, split_set, self.ids, TESTS, augmented(TVSUM.id))

    def video(self, video_id: str) -> Video:
        """Fps is frames by length, as the file states no rate; every 15th frame is a step; no shots."""
        number = index_of(TVSUM, self.ids, video_id)
        with open_v73(self._path) as file:
            frames, length = self._size(file, number)
        return Video(
            id=video_id,
            duration=length,
            fps=frames / length,
            n_frames=frames,
            picks=np.arange(0, frames, STEP, dtype=np.int64),
        )

    def annotations(self, video_id: str) -> Annotations:
        """Ratings (20, N) as stored."""
        number = index_of(TVSUM, self.ids, video_id)
        with open_v73(self._path) as file:
            frames, _ = self._size(file, number)
            ratings = cell(file, _column(file, "user_anno"), number)
            mean = cell(file, _column(file, "gt_score"), number)
        key = f"user_anno[{number}] ({video_id})"
        check_shape(ratings, (ANNOTATORS, frames), self._path, key)
        check_finite(ratings, self._path, key, low=1, high=5)
        check_shape(mean, (1, frames), self._path, f"gt_score[{number}] ({video_id})")
        if not np.allclose(ratings.mean(axis=0), mean[0], rtol=0, atol=1e-6):
            raise damaged(self._path, key, "ratings whose mean is gt_score", "another mean")
        return Annotations(video_id=video_id, importance=ratings.astype(np.float64), grid="frames")

    def _size(self, file: h5py.File, number: int) -> tuple[int, float]:
        frames = scalar(
            cell(file, _column(file, "nframes"), number), self._path, f"nframes[{number}]", whole=True
        )
        length = scalar(cell(file, _column(file, "length"), number), self._path, f"length[{number}]")
        return int(frames), length


def _column(file: h5py.File, key: str) -> h5py.Dataset:
    return cells(file, f"tvsum50/{key}", VIDEOS)


def _agree(path: Path, video_id: str, video: Video, told: Told, rated: Annotations) -> None:
    """The file names no videos; gtscore tells whether these are the ratings of this one."""
    found = rank_agreement(video, told, rated)
    if found < AGREEMENT:
        raise damaged(
            path,
            f"{video_id}/gtscore",
            "scores in the order of the mean rating at the picks (rank correlation 1)",
            f"rank correlation {found:.3f}: ratings of another video, or in another order",
        )


def open_tvsum(folder: Path, edition: str) -> TvSum | Joined:
    """Open an edition; nothing is read yet.

    `annotations` is the MATLAB file alone; `full` and `planted` join the ratings, in whichever published form
    they are there, with the preprocessed file.
    """
    matlab = TvSum(folder)
    if edition == "annotations":
        return matlab
    file = Eccv16File(folder, LAYOUTS[TVSUM.id])

    def ratings() -> Ratings | None:
        if (folder / FILE).is_file():
            return matlab
        return TsvRatings.of(folder) or FileRatings.of(file, "rating", 1, 5)

    return Joined(TVSUM, folder, ratings, RATINGS, TESTS, _agree)
