"""The `full` edition of SumMe and TVSum: the preprocessed file joined with the ratings people gave.

The preprocessed file has features, shots and binary summaries; what each person said frame by frame is
published apart. Protocols need both (`peruser-2fps`), so one without the other is no edition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from vsumbench.contracts import Annotations, DatasetSpec, EditionStatus, Fold, Video
from vsumbench.data import damaged, sha256_json
from vsumbench.errors import DataDamagedError, DataMissingError
from vsumbench_datasets.keyed import Tests, index_of, published_folds

from .content import content_digest
from .file import Eccv16File, fetch_line
from .layout import LAYOUTS, ids_elsewhere
from .more import MoreTraining
from .record import Told


class Ratings(Protocol):
    """Raw ratings in one of their published forms, by the ids of the preprocessed file."""

    def status(self) -> EditionStatus:
        """Which videos have some."""
        ...

    def video_ids(self) -> tuple[str, ...]:
        """The same, once the files are seen to be readable."""
        ...

    def video(self, video_id: str) -> Video:
        """Frames, and the frame rate and duration where the form states them."""
        ...

    def annotations(self, video_id: str) -> Annotations:
        """Importance (U, N) in the coding of the source."""
        ...


class TrainsOnNone:
    """An edition without features: its folds name videos of other datasets, and it has none of them."""

    def training_ids(self) -> tuple[str, ...]:
        """None."""
        return ()

    def training_fingerprint(self) -> str:
        """Over nothing."""
        return sha256_json([])


def augmented(dataset: str) -> dict[str, tuple[str, ...]]:
    """Split set → the videos of other sets that its folds train on."""
    others = ids_elsewhere(dataset)
    return dict.fromkeys(("augment", "augment-vasnet", "transfer"), others)


class Joined:
    """A preprocessed file and ratings, video by video. It trains on more (augmented, transfer) where told to.

    Args:
        spec: the dataset.
        folder: its folder.
        find_ratings: gives the ratings that are there, or None.
        ratings_are: which files are wanted for them, as told when there are none.
        tests: published test sets.
        agree: raises `DataDamagedError` where ratings and preprocessed file of a video contradict each other.
    """

    def __init__(
        self,
        spec: DatasetSpec,
        folder: Path,
        find_ratings: Callable[[], Ratings | None],
        ratings_are: str,
        tests: Tests,
        agree: Callable[[Path, str, Video, Told, Annotations], None],
    ) -> None:
        self.spec = spec
        self.folder = folder
        self.layout = LAYOUTS[spec.id]
        self.ids = self.layout.ids
        self.file = Eccv16File(folder, self.layout)
        self._find_ratings = find_ratings
        self._ratings_are = ratings_are
        self._tests = tests
        self._agree = agree
        self._more = MoreTraining(folder, spec.id)
        self._sizes: dict[str, Video] = {}

    def status(self) -> EditionStatus:
        """A video is present where its group and its ratings are there.

        The file without ratings is a problem. Ratings without the file are an edition of their own; of this
        one the file is missing.
        """
        if self.file.found is None:
            missing = (fetch_line(self.layout, self.folder),)
            return EditionStatus(missing=missing if self.ratings else (*missing, self._ratings_are))
        problem = self.file.problem() or ("" if self.ratings else self._without_ratings)
        if problem or self.ratings is None:
            return EditionStatus(problems=(problem,))
        return self.ratings.status()

    def fingerprint(self) -> str:
        """Over the content of every video that is there, in whichever form it was published."""
        return content_digest(self.video_ids(), self.video, self.annotations)

    def video_ids(self) -> tuple[str, ...]:
        """Ids present, sorted by number.

        Raises:
            DataMissingError: the preprocessed file or the ratings are not there; says what to get.
            DataDamagedError, DuplicateIdError: they are, and not as published.
        """
        self.file.check()
        return self._rated.video_ids()

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """Published folds, complete also where files are missing."""
        return published_folds(self.spec, split_set, self.ids, self._tests, augmented(self.spec.id))

    def video(self, video_id: str) -> Video:
        """Features, picks and shots of the file; frame rate and duration as the ratings state them."""
        if "/" in video_id:
            return self._more.video(video_id)
        index_of(self.spec, self.ids, video_id)
        if video_id not in self._sizes:
            self._sizes[video_id] = self._rated.video(video_id)
        rated = self._sizes[video_id]
        video = self.file.video(video_id, fps=rated.fps, duration=rated.duration)
        if video.n_frames != rated.n_frames:
            raise damaged(
                self.file.path,
                f"{video_id}/n_frames",
                f"{rated.n_frames}, as the ratings have",
                video.n_frames,
            )
        return video

    def annotations(self, video_id: str) -> Annotations:
        """Raw ratings (U, N); user summaries (U, N), gtscore and gtsummary (T,) of the file."""
        if "/" in video_id:
            return self._more.annotations(video_id)
        video = self.video(video_id)
        rated = self._rated.annotations(video_id)
        told = self.file.told(video_id, self.file.steps(video_id))
        self._agree(self.file.path, video_id, video, told, rated)
        return replace(
            rated,
            user_summaries=told.user_summaries,
            gtscore=told.gtscore,
            gtsummary=told.gtsummary,
        )

    def training_ids(self) -> tuple[str, ...]:
        """Ids `DATASET/ID` of the other sets whose files are there."""
        return self._more.ids()

    def training_fingerprint(self) -> str:
        """Over their content."""
        return self._more.fingerprint()

    @cached_property
    def ratings(self) -> Ratings | None:
        """The ratings that are there."""
        return self._find_ratings()

    @property
    def _without_ratings(self) -> str:
        return f"{self.file.found} is there and the raw ratings are not: {self._ratings_are}"

    @property
    def _rated(self) -> Ratings:
        if self.ratings is None:
            raise DataMissingError(
                f"{self._without_ratings}.", f"See `vsumbench data status {self.spec.id}`."
            )
        return self.ratings


class FileRatings:
    """Raw ratings in an extended preprocessed file: the key `user_scores` beside the others.

    Such a file states no frame rate, so it is nominal.
    """

    def __init__(self, file: Eccv16File, coding: str, low: float, high: float) -> None:
        self._file = file
        self._segments = coding == "segment"
        self._range = low, high

    @classmethod
    def of(cls, file: Eccv16File, coding: str, low: float, high: float) -> FileRatings | None:
        """The ratings of a file that has some; None for an original one, a broken one, or none at all."""
        if file.found is None or file.problem():
            return None
        try:
            first = file.layout.ids[0]
            there = file.user_scores(first, file.steps(first).n_frames, low, high) is not None
        except DataDamagedError:
            there = True  # what is wrong is told when it is read
        return cls(file, coding, low, high) if there else None

    def status(self) -> EditionStatus:
        """The file holds all videos."""
        return EditionStatus(present=self._file.layout.ids)

    def video_ids(self) -> tuple[str, ...]:
        """All of the file."""
        return self._file.layout.ids

    def video(self, video_id: str) -> Video:
        """As in the file."""
        return self._file.video(video_id)

    def annotations(self, video_id: str) -> Annotations:
        """Ratings (U, N) as stored."""
        scores = self._file.user_scores(video_id, self._file.steps(video_id).n_frames, *self._range)
        if scores is None:
            raise damaged(self._file.path, f"{video_id}/user_scores", "ratings, as other videos have", "none")
        return Annotations(
            video_id=video_id,
            importance=scores,
            grid="frames",
            coding="segment" if self._segments else "rating",
        )


def rank_agreement(video: Video, told: Told, rated: Annotations) -> float:
    """Spearman correlation of gtscore with the mean rating at the picks; 1 where the mean is constant."""
    from scipy.stats import rankdata

    assert rated.importance is not None
    # Means of whole numbers: what differs in the last bits is one value.
    means = np.round(rated.importance[:, video.picks].mean(axis=0), 9)
    if np.ptp(means) == 0:
        return 1.0
    if np.ptp(told.gtscore) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(means), rankdata(told.gtscore))[0, 1])
