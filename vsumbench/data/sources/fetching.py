"""`vsumbench data fetch`: the one place that goes to the network for data, when a user asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from vsumbench.contracts.dataset import DatasetSpec, ProgressCallback, Source
from vsumbench.data.digests import sha256_file
from vsumbench.data.obtaining import files_of_source, here
from vsumbench.data.verification import check_source
from vsumbench.errors import BusyError, DataDamagedError, StorageError, VsumbenchError

from .addresses import way_of
from .archive_checks import Limits
from .downloading import Patience
from .fetch_steps import Fetched, Work, get_archive, get_file, get_from_hub, part_of
from .placing import storage_errors, working_in
from .record import licences, read_record, today, write_record

Accept = Callable[[Sequence[str], int], None]
"""Is told of licences that were not accepted here before and how many files they cover; raises to refuse."""


def fetch_data(
    spec: DatasetSpec,
    folder: Path,
    sources: Sequence[Source],
    accept: Accept,
    *,
    force: bool = False,
    patience: Patience | None = None,
    limits: Limits | None = None,
    progress: ProgressCallback | None = None,
) -> Fetched:
    """Get those of `sources` that are not in place and that a program can get; the others are told of.

    Files in place are read and held to their checksum. A source that fails does not stop the others.

    Args:
        accept: asked once for licences that were not accepted in this folder before.
        force: replace files that are there but wrong, or whose publisher changed them.
        progress: is told (MiB so far, MiB in all) of each download, its stage being what is downloaded.

    Raises:
        UsageError: `accept` refused.
        BusyError: another process is at it.
        StorageError, DiskFullError: the folder cannot be written.
    """
    with working_in(folder) as staging:
        work = Work(
            folder=folder,
            staging=staging,
            record=read_record(folder),
            report=Fetched(),
            force=force,
            patience=patience,
            limits=limits,
            progress=progress,
        )
        wanted = [source for source in sources if not _in_place(work, source)]
        ways = {id(source): way_of(source) for source in wanted}
        manual = [source for source in wanted if ways[id(source)].how == "manual"]
        automatic = [source for source in wanted if ways[id(source)].how != "manual"]
        work.report.add(manual, "by hand")
        if automatic:
            _have_accepted(work, licences(automatic, spec.licence), len(automatic), accept)
        groups: dict[tuple[str, str], list[Source]] = {}
        for source in automatic:
            way = ways[id(source)]
            groups.setdefault((way.how, way.address), []).append(source)
        for (how, _), group in groups.items():
            step = {"file": get_file, "archive": get_archive, "hub": get_from_hub}[how]
            try:
                step(work, group, ways[id(group[0])])
            except (StorageError, BusyError):
                raise
            except VsumbenchError as error:
                work.report.fail(group, error)
        write_record(folder, work.record)
    return work.report


def chosen_sources(spec: DatasetSpec, edition: str | None, only: Sequence[str]) -> list[Source]:
    """The sources of an edition (all where None) whose path is named, or matches a pattern, in `only`."""
    return [
        source
        for source in spec.sources
        if (edition is None or not source.editions or edition in source.editions)
        and (not only or any(source.path == name or fnmatchcase(source.path, name) for name in only))
    ]


def _in_place(work: Work, source: Source) -> bool:
    """Whether nothing is to be fetched; a file put there by hand is trusted from now on."""
    if not here(work.folder, source):
        return False
    way = way_of(source)
    if way.how == "archive" and part_of(work, way).is_file():
        return False  # its archive was not taken to its end
    _, wrong = check_source(work.folder, source, work.record)
    if wrong and work.force and way.how != "manual":
        return False
    if wrong:
        work.report.fail(
            [source],
            DataDamagedError(
                f"{wrong[0]}.", "Look at it; `--force` fetches it again." if way.how != "manual" else ""
            ),
        )
        return True
    for path in files_of_source(work.folder, source):
        name = path.relative_to(work.folder).as_posix()
        if name not in work.record.files:
            work.record.note(name, sha256_file(path), path.stat().st_size, "found in place")
    work.report.add([source], "there")
    return True


def _have_accepted(work: Work, found: Sequence[str], files: int, accept: Accept) -> None:
    fresh = [licence for licence in found if licence not in work.record.accepted]
    if fresh:
        accept(fresh, files)
        work.record.accepted |= dict.fromkeys(fresh, today())
        with storage_errors(work.folder):
            write_record(work.folder, work.record)
