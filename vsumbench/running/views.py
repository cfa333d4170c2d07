"""A dataset seen through something that changes one thing about it."""

from __future__ import annotations

from vsumbench.contracts import Annotations, Dataset, EditionStatus, Fold, Video


class View:
    """A dataset seen through something: everything is passed on, unless a subclass changes it."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def status(self) -> EditionStatus:
        """As the dataset says."""
        return self._dataset.status()

    def fingerprint(self) -> str:
        """As the dataset says."""
        return self._dataset.fingerprint()

    def video_ids(self) -> tuple[str, ...]:
        """As the dataset says."""
        return self._dataset.video_ids()

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """As the dataset says."""
        return self._dataset.folds(split_set)

    def video(self, video_id: str) -> Video:
        """As the dataset has it."""
        return self._dataset.video(video_id)

    def annotations(self, video_id: str) -> Annotations:
        """As the dataset has them."""
        return self._dataset.annotations(video_id)
