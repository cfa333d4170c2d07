"""A dataset for tests: one video a `.vid` file of a folder, whose frames follow from the file's bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pixel_mean import drawn

from vsumbench.contracts import (
    Annotations,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    Fold,
    Provides,
    Selection,
    SplitSetSpec,
    Task,
    Video,
)

SPEC = DatasetSpec(
    id="framed",
    title="Framed",
    tasks=(Task.V2V,),
    editions=(
        EditionSpec(id="full", provides=Provides(frames=True), tasks=(Task.V2V,)),
        EditionSpec(id="bare", provides=Provides(), tasks=(Task.V2V,)),
    ),
    split_sets=(SplitSetSpec(id="all", title="All", official_videos=None, source="made up"),),
    default_protocols=(),
    default_selection=Selection.LAST_EPOCH,
    implementation="framed_dataset:Framed",
)


@dataclass(frozen=True)
class Framed:
    """The reader. A video called `mute` does not say what its frames are drawn from."""

    folder: Path
    edition: str

    def status(self) -> EditionStatus:
        """By file names."""
        return EditionStatus(present=self.video_ids())

    def fingerprint(self) -> str:
        """Nobody asks."""
        raise NotImplementedError

    def video_ids(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.vid")))

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """All are tested."""
        return (Fold("all", (), self.video_ids(), ()),)

    def video(self, video_id: str) -> Video:
        """Without frames in edition `bare`."""
        video = drawn(self.folder / f"{video_id}.vid")
        if self.edition == "bare":
            return replace(video, frames=None, frames_at=None, source=None)
        return replace(video, source=None) if video_id == "mute" else video

    def annotations(self, video_id: str) -> Annotations:
        """Nobody asks."""
        raise NotImplementedError
