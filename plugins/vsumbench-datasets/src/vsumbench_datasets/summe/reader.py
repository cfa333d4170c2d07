"""Reads SumMe: `GT/<name>.mat`, MATLAB v5 (protocols.md a.1), alone or joined with the preprocessed file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, EditionStatus, Fold, Video
from vsumbench.data import check_finite, check_shape, damaged, sha256_files
from vsumbench_datasets.eccv16.file import Eccv16File
from vsumbench_datasets.eccv16.joined import FileRatings, Joined, Ratings, TrainsOnNone, augmented
from vsumbench_datasets.eccv16.layout import LAYOUTS
from vsumbench_datasets.eccv16.record import Told
from vsumbench_datasets.keyed import STEP, index_of, keys, published_folds
from vsumbench_datasets.matlab import cell, cells, load_v5, open_v73, scalar, text

from .spec import SUMME
from .splits import NAMES, TESTS

ORDER_FILE = "SumMe_data.mat"
RATINGS = (
    "GT/<name>.mat of the 25 videos (get SumMe.zip from https://data.vision.ee.ethz.ch/cvl/SumMe/SumMe.zip "
    "and put its folder GT there)"
)
CODES = 255
"""The largest number of a segment that a ground-truth file can hold."""


@dataclass(frozen=True)
class _GroundTruth:
    scores: NDArray[np.uint8]
    fps: float
    duration: float


class SumMe(TrainsOnNone):
    """The `annotations` edition.

    Importance is `user_score` as stored: 0, or the rank code of a segment the annotator chose.
    """

    ids = keys(len(NAMES))

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, _GroundTruth] = {}

    @cached_property
    def names(self) -> dict[str, str]:
        """Video id → the name of its file."""
        return dict(zip(self.ids, NAMES, strict=True))

    def name(self, video_id: str) -> str:
        """The name of a video as SumMe's authors wrote it."""
        return NAMES[index_of(SUMME, self.ids, video_id)]

    def status(self) -> EditionStatus:
        """A video is present where its file is there and not empty."""
        present, missing, problems = [], [], []
        for video_id, name in self.names.items():
            path = self.folder / "GT" / f"{name}.mat"
            if not path.is_file():
                missing.append(f"{video_id} (GT/{name}.mat)")
            elif path.stat().st_size == 0:
                problems.append(f"{path} is empty")
            else:
                present.append(video_id)
        return EditionStatus(present=tuple(present), missing=tuple(missing), problems=tuple(problems))

    def video_ids(self) -> tuple[str, ...]:
        """Ids present, in the published order; it is checked where SumMe_data.mat lies beside GT."""
        self._check_order()
        return self.status().present

    def fingerprint(self) -> str:
        """Over the ground-truth files that are there."""
        return sha256_files(self.folder, [f"GT/{self.names[video]}.mat" for video in self.status().present])

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """Published folds, complete also where files are missing."""
        return published_folds(SUMME, split_set, self.ids, TESTS, augmented(SUMME.id))

    def video(self, video_id: str) -> Video:
        """Native frames, fps and duration as stored; every 15th frame is a step; no shots, no features."""
        truth = self._ground_truth(video_id)
        frames = len(truth.scores)
        return Video(
            id=video_id,
            duration=truth.duration,
            fps=truth.fps,
            n_frames=frames,
            picks=np.arange(0, frames, STEP, dtype=np.int64),
        )

    def annotations(self, video_id: str) -> Annotations:
        """Rank codes (U, N) and the frames each annotator selected (code above 0)."""
        scores = self._ground_truth(video_id).scores.T
        return Annotations(
            video_id=video_id,
            importance=scores.astype(np.float64),
            grid="frames",
            coding="segment",
            user_summaries=scores > 0,
        )

    def _ground_truth(self, video_id: str) -> _GroundTruth:
        if video_id not in self._read:
            path = self.folder / "GT" / f"{self.name(video_id)}.mat"
            self._read[video_id] = _read(path)
        return self._read[video_id]

    def _check_order(self) -> None:
        path = self.folder / ORDER_FILE
        if not path.is_file():
            return
        with open_v73(path) as file:
            found = cells(file, "nameVid", len(NAMES))
            for number, name in enumerate(NAMES):
                stored = text(cell(file, found, number), str(path), f"nameVid[{number}]").removesuffix(".mat")
                if stored != name:
                    raise damaged(path, f"nameVid[{number}]", repr(name), repr(stored))


def _read(path: Path) -> _GroundTruth:
    stored = load_v5(path, ("user_score", "gt_score", "nFrames", "FPS", "video_duration"))
    frames = int(scalar(stored["nFrames"], path, "nFrames", whole=True))
    scores, mean = stored["user_score"], stored["gt_score"]
    check_shape(scores, (frames, None), path, "user_score")
    check_shape(mean, (frames, 1), path, "gt_score")
    check_finite(scores, path, "user_score", low=0, high=255)
    check_finite(mean, path, "gt_score", low=0, high=1)
    codes = scores.astype(np.uint8)
    if (codes != scores).any():
        raise damaged(path, "user_score", "whole numbers", "fractions")
    # The mean tells whether annotators are missing or were changed: it is stored beside them.
    if not np.allclose((codes > 0).mean(axis=1), mean[:, 0], rtol=0, atol=1e-6):
        worst = int(np.argmax(np.abs((codes > 0).mean(axis=1) - mean[:, 0])))
        raise damaged(
            path,
            "gt_score",
            f"the mean over the {codes.shape[1]} annotators of user_score > 0",
            f"{mean[worst, 0]:g} instead of {(codes[worst] > 0).mean():g} at frame {worst}",
        )
    return _GroundTruth(
        codes, scalar(stored["FPS"], path, "FPS"), scalar(stored["video_duration"], path, "video_duration")
    )


def _agree(path: Path, video_id: str, video: Video, told: Told, rated: Annotations) -> None:
    """The file's user summaries are what the annotators chose: it is the same video, and the same people."""
    assert rated.importance is not None and told.user_summaries is not None
    chosen, stored = rated.importance > 0, told.user_summaries
    key = f"{video_id}/user_summary"
    if chosen.shape != stored.shape:
        raise damaged(path, key, f"shape {chosen.shape}, as user_score has", f"shape {stored.shape}")
    if (differs := chosen != stored).any():
        person, frame = (int(i) for i in np.argwhere(differs)[0])
        raise damaged(
            path,
            key,
            f"user_score > 0 of {SUMME.title}'s ground truth",
            f"{int(stored[person, frame])} of annotator {person} at frame {frame} "
            f"({int(differs.sum())} of {differs.size} differ)",
        )


def open_summe(folder: Path, edition: str) -> SumMe | Joined:
    """Open an edition; nothing is read yet.

    `annotations` is the ground truth alone; `full` and `planted` join it with the preprocessed file.
    """
    truth = SumMe(folder)
    if edition == "annotations":
        return truth

    def ratings() -> Ratings | None:
        found = truth.status()
        if found.present or found.problems:
            return truth
        return FileRatings.of(Eccv16File(folder, LAYOUTS[SUMME.id]), "segment", 0, CODES)

    return Joined(SUMME, folder, ratings, RATINGS, TESTS, _agree)
