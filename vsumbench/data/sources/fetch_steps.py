"""The steps of a fetch: one file, an archive with files in it, a repository of the hub; what came of them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from vsumbench.contracts.dataset import ProgressCallback, Source
from vsumbench.data.obtaining import here
from vsumbench.data.weights import MIB
from vsumbench.errors import DataDamagedError, DataMissingError, StorageError, VsumbenchError

from .addresses import Way, shown
from .archive_checks import Limits
from .archive_streams import archive_suffix
from .downloading import Expected, Patience, Told, download, forget
from .finding import find
from .hub_files import download_from_hub
from .importing import Taken, take
from .placing import place, target_in
from .record import SourceRecord, write_record
from .trees import ArchiveTree, FolderTree

State = Literal["there", "fetched", "by hand", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one source. `detail`: where it came from, or why not."""

    path: str
    state: State
    detail: str = ""


@dataclass
class Fetched:
    """What a fetch did. `errors`: why sources failed, each once."""

    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[VsumbenchError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, state: State) -> list[str]:
        """Paths of the sources in a state."""
        return [outcome.path for outcome in self.outcomes if outcome.state == state]

    def add(self, sources: Iterable[Source], state: State, detail: str = "") -> None:
        """Note the same for several sources."""
        self.outcomes += [Outcome(source.path, state, detail) for source in sources]

    def fail(self, sources: Iterable[Source], error: VsumbenchError) -> None:
        """Note that sources failed."""
        self.errors.append(error)
        self.add(sources, "failed", error.message)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "files": [asdict(outcome) for outcome in self.outcomes],
            "errors": [str(error) for error in self.errors],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the steps of one fetch share."""

    folder: Path
    staging: Path
    record: SourceRecord
    report: Fetched
    force: bool
    patience: Patience | None
    limits: Limits | None
    progress: ProgressCallback | None


def get_file(work: Work, group: list[Source], way: Way) -> None:
    """Download a file and put it in its place."""
    part = part_of(work, way)
    for source in group:
        target = target_in(work.folder, source.path)
        before = work.record.files.get(source.path)
        trust = source.sha256 is None and before is not None and not work.force
        digest = download(
            way.address,
            part,
            Expected(
                size=source.size,
                md5=source.md5,
                sha256=source.sha256,
                trusted=before.sha256 if before is not None and trust else None,
                since=before.date if before is not None else "",
            ),
            work.patience,
            _told(work, way.address),
        )
        size = part.stat().st_size
        place(part, target)
        forget(part)
        work.record.note(source.path, digest, size, way.address)
        write_record(work.folder, work.record)
        work.report.add([source], "fetched", shown(way.address))


def get_archive(work: Work, group: list[Source], way: Way) -> None:
    """Download an archive, take the files of `group` out of it, remove it."""
    part = part_of(work, way)
    size = next((source.size for source in group if source.size is not None), None)
    md5 = next((source.md5 for source in group if source.md5 is not None), None)
    download(way.address, part, Expected(size=size, md5=md5), work.patience, _told(work, way.address))
    try:
        tree = ArchiveTree(part, work.limits)
        found = find(group, tree.sizes, "", tree.digests, inside=True)
        taken = take(
            tree,
            found,
            work.folder,
            work.staging,
            work.record,
            come_from=lambda source: way.address,
            force=work.force,
        )
    except VsumbenchError as error:
        if not isinstance(error, StorageError):
            forget(part)
            # The name of the part means nothing to anybody.
            error.message = error.message.replace(str(part), shown(way.address))
        raise
    forget(part)
    work.report.notes += taken.notes
    _say(work, group, taken, shown(way.address))


def get_from_hub(work: Work, group: list[Source], way: Way) -> None:
    """Have the hub's client download files, then put them in their places."""
    local = work.staging / f"hub-{_short(way.address)}"
    members = [source.member or source.path for source in group]
    download_from_hub(way.address, members, local)
    tree = FolderTree(local)
    found = find(group, tree.sizes, "", tree.digests, inside=True)
    taken = take(
        tree,
        found,
        work.folder,
        work.staging,
        work.record,
        come_from=lambda source: way.address,
        link=True,
        force=work.force,
    )
    shutil.rmtree(local, ignore_errors=True)
    _say(work, group, taken, shown(way.address))


def _say(work: Work, group: list[Source], taken: Taken, where: str) -> None:
    """Say of each source of an archive or repository what became of it."""
    absent = [source for source in group if not here(work.folder, source)]
    if taken.problems:
        more = f" and {len(taken.problems) - 1} more" if len(taken.problems) > 1 else ""
        work.report.errors.append(
            DataDamagedError(f"{where}: {taken.problems[0]}{more}.", "If it was changed, use --force.")
        )
    elif absent:
        names = ", ".join(source.path for source in absent[:3])
        work.report.errors.append(DataMissingError(f"{where} does not hold {names}."))
    for source in group:
        lines = [line for line in taken.problems if source.path in line]
        if source in absent:
            work.report.add([source], "failed", lines[0] if lines else f"{where} does not hold it")
        else:
            work.report.add([source], "failed" if lines else "fetched", lines[0] if lines else where)


def part_of(work: Work, way: Way) -> Path:
    """Where a download lies until it is whole and taken; its name says nothing a server could choose."""
    suffix = archive_suffix(urlsplit(way.address).path) if way.how == "archive" else ".part"
    return work.staging / f"{_short(way.address)}{suffix}"


def _short(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _told(work: Work, address: str) -> Told | None:
    listener = work.progress
    if listener is None:
        return None
    name = urlsplit(address).path.rpartition("/")[2] or shown(address)

    def told(done: int, total: int) -> None:
        listener(done // MIB, -(-max(total, done) // MIB), stage=f"{name} (MiB)")

    return told
