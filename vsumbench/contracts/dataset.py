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
    """A file to obtain: where from, its checksum if the source states one, and its licence.

    Attributes:
        path: where the reader looks for it, relative to the dataset's folder. `*` and `?` stand for several
            files of one folder (`feat/blip/*.npz`).
        origin: where it is published, for people. The address of a file or an archive, of a file in a GitHub
            repository (`https://github.com/OWNER/REPO (path/in/it)`) and of a dataset on the Hugging Face hub
            are followed by `vsumbench data fetch`; any other page is shown.
        sha256: of the file at `path`.
        manual: it takes a person to get it (a form, a sharing page): instructions are all that is given.
        url: direct address of the file, or of the archive it lies in, where `origin` is a page about it.
        member: its name in that archive or repository, where that is not `path`.
        size, md5: bytes and MD5 of what the address gives, as its publisher states them.
        editions: ids of the editions that read it; empty where all do.
    """

    path: str
    origin: str
    sha256: str | None = None
    licence: str = ""
    manual: bool = False
    url: str = ""
    member: str = ""
    size: int | None = None
    md5: str | None = None
    editions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DatasetSpec:
    """A dataset as data.

    Attributes:
        implementation: `module:callable`, called as `open(folder, edition)` with the id of the edition.
        source: further packages or modules whose source enters the prediction digest, beside the
            implementation's own folder.
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
    source: tuple[str, ...] = ()
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


@runtime_checkable
class TrainsOnMore(Protocol):
    """A dataset some of whose folds also train on videos of other datasets (augmented, transfer).

    Their ids are `DATASET/ID` (`ovp/video_7`); `video` and `annotations` take them, `video_ids`, `status` and
    the fingerprint do not list them. They are never tested.
    """

    def training_ids(self) -> tuple[str, ...]:
        """Ids of such videos whose files are there."""
        ...

    def training_fingerprint(self) -> str:
        """Sha256 hex over their content."""
        ...


@runtime_checkable
class HasRemarks(Protocol):
    """A dataset that reads some things otherwise than they are published, and says so."""

    def remarks(self) -> tuple[str, ...]:
        """What is odd and no damage, one line each: a segment whose end is printed before its start."""
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
