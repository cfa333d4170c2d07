"""Training on the other three sets (augmented and transfer folds): their files, wherever they lie.

Looked for in the dataset's own folder first, since the published archives hold all four files together, then
in the folders of the other datasets beside it.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from vsumbench.contracts import Annotations, Video
from vsumbench.data import dataset_folder
from vsumbench.errors import DataMissingError, UnknownSettingError

from .content import content_digest
from .file import Eccv16File, fetch_line, find
from .layout import LAYOUTS, ids_elsewhere


class MoreTraining:
    """Videos `DATASET/ID` of the other sets, with their published training targets and no ratings."""

    def __init__(self, folder: Path, dataset: str) -> None:
        self.folder = folder
        self.dataset = dataset

    @cached_property
    def _files(self) -> dict[str, Eccv16File]:
        found = {}
        for name, layout in LAYOUTS.items():
            if name != self.dataset:
                here = find(self.folder, layout) is not None
                folder = self.folder if here else dataset_folder(self.folder.parent, name)
                found[name] = Eccv16File(folder, layout)
        return found

    def ids(self) -> tuple[str, ...]:
        """Ids of the videos whose files are there; the files are not opened."""
        return tuple(
            f"{name}/{key}"
            for name, file in self._files.items()
            if file.found is not None
            for key in file.layout.ids
        )

    def fingerprint(self) -> str:
        """Sha256 hex over their content."""
        return content_digest(self.ids(), self.video, self.annotations)

    def video(self, video_id: str) -> Video:
        """Features, picks and shots; the frame rate is nominal.

        Raises:
            UnknownSettingError: none of the other sets has this video.
            DataMissingError: the file of its set is in neither place.
            DataDamagedError: the file is not as published.
        """
        file, key = self._find(video_id)
        return file.video(key, video_id)

    def annotations(self, video_id: str) -> Annotations:
        """Published targets at the picks, and user summaries where the file has them; raises as `video`."""
        file, key = self._find(video_id)
        told = file.told(key, file.steps(key))
        return Annotations(
            video_id=video_id,
            user_summaries=told.user_summaries,
            gtscore=told.gtscore,
            gtsummary=told.gtsummary,
        )

    def _find(self, video_id: str) -> tuple[Eccv16File, str]:
        dataset, _, key = video_id.partition("/")
        file = self._files.get(dataset)
        if file is None or key not in file.layout.ids:
            raise UnknownSettingError.about(
                f"{self.dataset} training video",
                video_id,
                ids_elsewhere(self.dataset),
                where=f"vsumbench info {self.dataset}",
            )
        if file.found is None:
            raise DataMissingError(
                f"{video_id!r} is trained on, and {file.layout.file} is neither in {self.folder} nor in "
                f"{file.folder}.",
                f"Add {fetch_line(file.layout, self.folder)}, or choose a split set without other datasets.",
            )
        return file, key
