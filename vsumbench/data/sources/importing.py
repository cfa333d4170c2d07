"""Put files that somebody has into a dataset's folder: those its spec lists, checked, whole, by rename."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import DatasetSpec, ProgressCallback, Source
from vsumbench.data.digests import sha256_file
from vsumbench.data.obtaining import here, root_option
from vsumbench.data.roots import DataRoot
from vsumbench.data.weights import in_mebibytes
from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError

from .addresses import is_pattern
from .archive_checks import Limits
from .finding import Findings, find
from .placing import check_space, place, storage_errors, synced, target_in, working_in
from .record import SourceRecord, read_record, write_record
from .trees import FolderTree, Tree, open_tree


@dataclass
class Taken:
    """What an import did.

    Attributes:
        placed: files that were put in place, relative to the dataset's folder.
        already: files that were there with the same content.
        missing: paths of sources of which nothing is there yet.
        problems: what was found and not taken, one line each.
        ignored: names of files that belong to no source.
        notes: what was left out unread.
    """

    placed: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def import_data(
    spec: DatasetSpec,
    folder: Path,
    given: Path,
    *,
    link: bool = False,
    force: bool = False,
    limits: Limits | None = None,
    progress: ProgressCallback | None = None,
) -> Taken:
    """Take what the spec lists out of a file, an archive or a folder into the dataset's folder.

    `link` makes hard links: no copy, and the file stays where the user removes the other name of it. Nothing
    is overwritten unless `force`. A file that is wrong is a problem of its own; the others are taken.

    Raises:
        DataMissingError: there is no such file, or none of the files in it is listed.
        DataDamagedError: the archive is damaged, or holds what is not to be unpacked.
        MismatchError: the dataset lists no files; an archive with `link`.
        StorageError, DiskFullError, BusyError: the folder cannot be written.
    """
    if not spec.sources:
        raise MismatchError(
            f"dataset {spec.id!r} does not list its files, so none can be recognised.",
            f"Put them into {folder} yourself; `vsumbench info {spec.id}` says what it reads.",
        )
    as_file = any(source.path.rpartition("/")[2] == given.name for source in spec.sources)
    tree = open_tree(given, limits, as_file)
    if link and not isinstance(tree, FolderTree):
        raise MismatchError("files in an archive cannot be linked.", "Import it without --link.")
    with working_in(folder) as staging:
        record = read_record(folder)
        found = find(spec.sources, tree.sizes, tree.root, tree.digests)
        taken = take(
            tree,
            found,
            folder,
            staging,
            record,
            come_from=lambda source: f"imported from {given.name}",
            link=link,
            force=force,
            progress=progress,
        )
    taken.missing = [source.path for source in spec.sources if not here(folder, source)]
    used = set(found.taken.values())
    taken.ignored = [name for name in tree.sizes if name not in used]
    if not found.taken and not taken.problems:
        raise _nothing(spec, given, tree)
    return taken


def take(
    tree: Tree,
    found: Findings,
    folder: Path,
    staging: Path,
    record: SourceRecord,
    *,
    come_from: Callable[[Source], str],
    link: bool = False,
    force: bool = False,
    progress: ProgressCallback | None = None,
) -> Taken:
    """Place the files that were found, and write down their digests; the caller holds the folder."""
    taken = Taken(problems=list(found.problems), notes=tree.notes)
    targets = {name: target_in(folder, name) for name in found.taken}
    with storage_errors(folder):
        fresh = _fresh(tree, found, targets, record, taken, come_from)
        size = sum(tree.sizes[found.taken[path]] for path in fresh)
        told = in_mebibytes(progress, size)
        if not link:
            check_space(folder, size, f"the {len(fresh)} files")
        by_name = {found.taken[path]: path for path in fresh}
        stream = _linked(tree, by_name, staging) if link else tree.write(list(by_name), staging, told)
        with contextlib.closing(stream):
            for name, temporary, digest in stream:
                path = by_name[name]
                if wrong := _wrong(path, digest, targets[path], found.of[path], record, force):
                    temporary.unlink()
                    taken.problems.append(wrong)
                    continue
                synced(temporary)
                place(temporary, targets[path])
                source = found.of[path]
                record.note(path, digest, tree.sizes[name], come_from(source), name)
                taken.placed.append(path)
        if taken.placed or taken.already:
            write_record(folder, record)
    return taken


def _fresh(
    tree: Tree,
    found: Findings,
    targets: dict[str, Path],
    record: SourceRecord,
    taken: Taken,
    come_from: Callable[[Source], str],
) -> list[str]:
    """The places that have another content, or none, so far; the others are noted as already there."""
    fresh = []
    for path, name in found.taken.items():
        size = tree.sizes[name]
        there = targets[path].is_file() and targets[path].stat().st_size == size
        digest = sha256_file(targets[path]) if there else ""
        if not there or digest != tree.digests([name])[name]:
            fresh.append(path)
            continue
        taken.already.append(path)
        if path not in record.files:
            record.note(path, digest, size, come_from(found.of[path]), name)
    return fresh


def _wrong(path: str, digest: str, target: Path, source: Source, record: SourceRecord, force: bool) -> str:
    """Why a file is not put there; empty where it is."""
    stated = None if is_pattern(source.path) else source.sha256
    if stated is not None and digest != stated:
        return f"{path}: sha256 is {digest}, expected {stated}; not taken"
    before = record.files.get(path)
    if force:
        return ""
    if stated is None and before is not None and before.sha256 != digest:
        return (
            f"{path}: sha256 is {digest}; it was {before.sha256} on {before.date} ({before.url}); not taken "
            "without --force"
        )
    if target.exists():
        return f"{path}: another file of this name is there; not replaced without --force"
    return ""


def _linked(
    tree: Tree, by_name: dict[str, str], staging: Path
) -> Generator[tuple[str, Path, str], None, None]:
    assert isinstance(tree, FolderTree)
    temporary = staging / "one"
    try:
        for name in by_name:
            temporary.unlink(missing_ok=True)
            digest = tree.digests([name])[name]
            tree.link(name, temporary)
            yield name, temporary, digest
    finally:
        temporary.unlink(missing_ok=True)


def _nothing(spec: DatasetSpec, given: Path, tree: Tree) -> DataMissingError:
    wanted = _few([source.path for source in spec.sources])
    there = _few(list(tree.sizes)) or "nothing"
    note = f" {tree.notes[0]}." if tree.notes else ""
    return DataMissingError(
        f"{given} holds none of the files of {spec.id!r} ({wanted}); it holds {there}.{note}",
        f"`vsumbench data status {spec.id}` says where each is published.",
    )


def _few(names: Sequence[str] | Iterable[str], most: int = 3) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f", … ({len(listed)} files)" if len(listed) > most else "")


def refuse_problems(spec: DatasetSpec, problems: Sequence[str], root: DataRoot) -> None:
    """Raise what an import must not end well with.

    Raises:
        DataDamagedError: there are problems.
    """
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise DataDamagedError(
            f"not everything of {spec.id!r} was taken: {problems[0]}{more}.",
            f"See `vsumbench data status {spec.id}{root_option(root)}`.",
        )
