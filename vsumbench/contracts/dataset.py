"""What a dataset plugin declares and does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from .annotations import Annotations
from .setting import Fold, Selection, SplitSetSpec
from .specs import FIRST_API_VERSION, Citation, Provides, Task
from .video import Video

PLANTED = "planted"
"""The generated edition a bare machine gets; further ones are named `planted-…`."""


@dataclass(frozen=True, kw_only=True)
class EditionSpec:
    """A form in which a dataset can be present.

    Attributes:
        id: `full`, `annotations`, `sample`, or for generated ones `planted`, which `auto` may take, and
            further names that begin with `planted-`.
        provides: what its videos and annotations hold.
        tasks: tasks it can be evaluated on.
        maker: for generated editions, dotted path `module:function` of `make(folder, progress)`; empty for
            real ones, and for generated ones that are held in memory.
        version: the version of the generator or of the layout; part of every digest.
    """

    id: str
    provides: Provides
    tasks: tuple[Task, ...]
    maker: str = ""
    version: str = "1"

    @property
    def generated(self) -> bool:
        """Whether it is written or held by a generator: no real video, and no way into a data root."""
        return bool(self.maker) or self.id == PLANTED or self.id.startswith(f"{PLANTED}-")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to obtain: where from, its checksum if the source states one, and its licence."""

    path: str
    origin: str
    sha256: str | None = None
    licence: str = ""
    manual: bool = False


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """A dataset as data.

    Attributes:
        implementation: `module:callable`, called as `open(folder, edition)` with the id of the edition.
        expected: statistics of the published data that `vsumbench data verify` checks: `videos`,
            `annotations`, `frames`, `texts`; keys of the form `EDITION:videos` are those of a generated
            edition.
    """

    id: str
    title: str
    tasks: tuple[Task, ...]
    editions: tuple[EditionSpec, ...]
    split_sets: tuple[SplitSetSpec, ...]
    default_protocols: tuple[str, ...]
    implementation: str
    default_selection: Selection = Selection.INNER_VAL
    sources: tuple[Source, ...] = ()
    licence: str = ""
    citation: Citation | None = None
    expected: Mapping[str, int | float] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION

    def edition(self, name: str) -> EditionSpec | None:
        """The edition of this id, or None."""
        return next((edition for edition in self.editions if edition.id == name), None)

    def split_set(self, name: str) -> SplitSetSpec | None:
        """The split set of this id, or None. The first one listed is the default."""
        return next((split for split in self.split_sets if split.id == name), None)


@dataclass(frozen=True, kw_only=True)
class EditionStatus:
    """What of an edition is on disk.

    Attributes:
        present: ids whose files are there.
        missing: ids (or files) that should be there and are not.
        problems: files that are there but wrong, one line each.
    """

    present: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Everything is there and nothing is wrong."""
        return bool(self.present) and not self.missing and not self.problems


@runtime_checkable
class Dataset(Protocol):
    """An opened edition of a dataset.

    Opened by the spec's implementation as `open(folder, edition)`, where `folder` is the dataset's folder in
    the data root. Reading is lazy; every layout check raises `DataDamagedError` naming file, key, expected
    and found.
    """

    def status(self) -> EditionStatus:
        """What is present, without reading more than file names and sizes."""
        ...

    def fingerprint(self) -> str:
        """Sha256 hex over the content that predictions and scores depend on."""
        ...

    def video_ids(self) -> tuple[str, ...]:
        """All ids present, in the dataset's own order."""
        ...

    def folds(self, split_set: str) -> tuple[Fold, ...]:
        """The folds of a split set, complete as published, also where videos are missing."""
        ...

    def video(self, video_id: str) -> Video:
        """One video, without annotations."""
        ...

    def annotations(self, video_id: str) -> Annotations:
        """The annotations of one video."""
        ...


class ProgressCallback(Protocol):
    """What a maker reports to: `progress(3, 10)`, or `progress(3, 10, stage="vision", loss=0.5)`."""

    def __call__(self, done: int, total: int, /, *, stage: str = "", **numbers: float) -> None:
        """`done` of `total` steps (of `stage`) are finished; `numbers` are shown live."""
        ...


class Maker(Protocol):
    """Writes a generated edition into `folder`, in the dataset's real layout; deterministic.

    A maker of weights has the same shape and writes their files.
    """

    def __call__(self, folder: Path, progress: ProgressCallback | None = None) -> None: ...
