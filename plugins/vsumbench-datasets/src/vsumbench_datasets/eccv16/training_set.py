"""Reads OVP and YouTube: sets that others train on, with targets and no ratings."""

from __future__ import annotations

from pathlib import Path

from vsumbench.contracts import Annotations, DatasetSpec, EditionStatus, Fold, Video
from vsumbench_datasets.keyed import index_of, published_folds

from .content import content_digest
from .file import Eccv16File, fetch_line
from .layout import LAYOUTS


class TrainingSet:
    """One preprocessed file, published or planted."""

    def __init__(self, spec: DatasetSpec, folder: Path) -> None:
        self.spec = spec
        self.folder = folder
        self.file = Eccv16File(folder, LAYOUTS[spec.id])
        self.ids = self.file.layout.ids

    def status(self) -> EditionStatus:
        """One file holds all videos."""
        if self.file.found is None:
            return EditionStatus(missing=(fetch_line(self.file.layout, self.folder),))
        problem = self.file.problem()
        return EditionStatus(problems=(problem,)) if problem else EditionStatus(present=self.ids)

    def fingerprint(self) -> str:
        """Over the content of every video."""
        return content_digest(self.video_ids(), self.video, self.annotations)

    def video_ids(self) -> tuple[str, ...]:
        """All ids, sorted by number.

        Raises:
            DataMissingError: the file is not there.
            DataDamagedError, DuplicateIdError: it is not as published.
        """
        self.file.check()
        return self.ids

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """One fold that tests every video: no division of its own was published."""
        return published_folds(self.spec, split_set, self.ids, {})

    def video(self, video_id: str) -> Video:
        """Features, picks and shots; the frame rate is nominal."""
        index_of(self.spec, self.ids, video_id)
        return self.file.video(video_id)

    def annotations(self, video_id: str) -> Annotations:
        """Published targets at the picks, and user summaries (U, N) where the file has them."""
        index_of(self.spec, self.ids, video_id)
        told = self.file.told(video_id, self.file.steps(video_id))
        return Annotations(
            video_id=video_id,
            user_summaries=told.user_summaries,
            gtscore=told.gtscore,
            gtsummary=told.gtsummary,
        )
