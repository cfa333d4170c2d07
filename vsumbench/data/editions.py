"""Which edition of a dataset a command gets: the real one where it lies, else the planted one, said aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import (
    PLANTED,
    Dataset,
    DatasetSpec,
    EditionSpec,
    EditionStatus,
    ProgressCallback,
)
from vsumbench.errors import DataDamagedError, PluginError, VsumbenchError

from .making import make_folder
from .obtaining import missing_edition, root_option, unknown_edition
from .roots import DataRoot, dataset_folder, planted_folder

Load = Callable[[str], Any]
"""Imports a dotted path `module:object`."""


@dataclass(frozen=True, kw_only=True)
class ResolvedEdition:
    """An edition ready to be read.

    Attributes:
        edition: its spec.
        folder: where it lies (upstream files, or the folder of the generated edition).
        status: what of it is there.
        dataset: the opened reader.
        notices: lines the command must show: a planted edition taken by `auto`, missing videos.
    """

    edition: EditionSpec
    folder: Path
    status: EditionStatus
    dataset: Dataset = field(repr=False)
    notices: tuple[str, ...] = ()


def resolve_edition(
    spec: DatasetSpec,
    root: DataRoot,
    asked: str = "auto",
    *,
    load: Load,
    progress: ProgressCallback | None = None,
) -> ResolvedEdition:
    """Find, or make, the edition asked for (design §6).

    `auto` takes the first real edition in the spec's order of which something is there, but passes over none
    whose files are there and cannot be read. With none it takes the edition `planted`, but only where nobody
    named a data root and no file of the dataset is there.

    Raises:
        UnknownSettingError: the dataset has no such edition.
        DataMissingError: the edition is not there; says what was looked for, where, and what to do.
        DataDamagedError, DuplicateIdError: files are there, and the edition, or with `auto` one that comes
            before those that can be read, cannot be read from them.
    """
    folder = dataset_folder(root.path, spec.id)
    chosen = None if asked == "auto" else spec.edition(asked)
    if asked != "auto" and chosen is None:
        raise unknown_edition(spec, asked, folder)
    if chosen is not None and chosen.generated:
        return _generated(spec, chosen, load, progress, ())
    real = [edition for edition in spec.editions if not edition.generated and asked in ("auto", edition.id)]
    damaged: dict[str, tuple[Dataset, EditionStatus]] = {}
    for edition in real:
        dataset = open_edition(spec, edition, folder, load)
        status = dataset.status()
        if status.present:
            if damaged:
                raise _damaged(spec, root, folder, damaged, instead=edition.id)
            return ResolvedEdition(
                edition=edition,
                folder=folder,
                status=status,
                dataset=dataset,
                notices=_gaps(spec, root, edition, status),
            )
        if status.problems:
            damaged[edition.id] = dataset, status
    if damaged:
        raise _damaged(spec, root, folder, damaged)
    planted = spec.edition(PLANTED)
    partly = folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir())
    if asked == "auto" and all(edition.generated for edition in spec.editions):
        return _generated(spec, planted or spec.editions[0], load, progress, ())
    if planted is None or asked != "auto" or root.explicit or partly:
        raise missing_edition(spec, root, folder, asked, partly)
    loud = (
        f"PLANTED DATA: there are no files of {spec.id!r} in {folder}, so this is the generated edition "
        f"'planted' (version {planted.version}), not {spec.title}. "
        f"Real data: `vsumbench data status {spec.id}`."
    )
    return _generated(spec, planted, load, progress, (loud,))


def make_edition(
    spec: DatasetSpec,
    edition: EditionSpec,
    load: Load,
    progress: ProgressCallback | None = None,
    force: bool = False,
) -> tuple[Path, bool]:
    """The folder of a generated edition, made if it is not there; and whether it was made now.

    Raises:
        StorageError, DiskFullError: the folder cannot be written.
        PluginError: the maker raised or wrote nothing.
    """
    folder = planted_folder(spec.id, edition.version, edition.id)
    if not edition.maker:
        return folder, False
    what = f"dataset {spec.id!r}, edition {edition.id!r}"
    return folder, make_folder(folder, load(edition.maker), what, progress, force)


def open_edition(spec: DatasetSpec, edition: EditionSpec, folder: Path, load: Load) -> Dataset:
    """Call the spec's implementation.

    Raises:
        PluginError: it returned something that is not a dataset.
    """
    dataset = load(spec.implementation)(folder, edition.id)
    if not isinstance(dataset, Dataset):
        raise PluginError(
            f"dataset {spec.id!r}: {spec.implementation} returned {type(dataset).__name__}, which lacks "
            "some of the methods of a dataset.",
            f"See `vsumbench check {spec.id}`.",
        )
    return dataset


def _generated(
    spec: DatasetSpec,
    edition: EditionSpec,
    load: Load,
    progress: ProgressCallback | None,
    notices: tuple[str, ...],
) -> ResolvedEdition:
    folder, _ = make_edition(spec, edition, load, progress)
    dataset = open_edition(spec, edition, folder, load)
    status = dataset.status()
    if not status.complete:
        found = (*status.problems, *(f"{name} is missing" for name in status.missing), "it is empty")[0]
        raise DataDamagedError(
            f"the generated edition {edition.id!r} of {spec.id!r} in {folder} is not whole: {found}.",
            f"Make it again: `vsumbench data make {spec.id} --edition {edition.id} --force`.",
        )
    return ResolvedEdition(edition=edition, folder=folder, status=status, dataset=dataset, notices=notices)


def _damaged(
    spec: DatasetSpec,
    root: DataRoot,
    folder: Path,
    damaged: Mapping[str, tuple[Dataset, EditionStatus]],
    instead: str = "",
) -> VsumbenchError:
    """The error for editions whose files are there and cannot be read. `instead`: one that can."""
    choice = f" Or use `--edition {instead}`, which does without." if instead else ""
    problems = [problem for _, status in damaged.values() for problem in status.problems]
    (name, (dataset, _)), *_ = damaged.items()
    try:
        # Reading says exactly what is wrong; the line below is for readers that do not.
        dataset.video_ids()
    except VsumbenchError as error:
        if instead:
            error.message = f"dataset {spec.id!r}, edition {name!r}: {error.message}"
        error.hint = f"{error.hint}{choice}".strip()
        return error
    more = f" ({len(problems) - 1} more problems)" if len(problems) > 1 else ""
    return DataDamagedError(
        f"dataset {spec.id!r} ({name}) cannot be read from {folder}: {problems[0]}{more}.",
        f"Fetch the files again, then `vsumbench data status {spec.id}{root_option(root)}`.{choice}",
    )


def _gaps(spec: DatasetSpec, root: DataRoot, edition: EditionSpec, status: EditionStatus) -> tuple[str, ...]:
    if not status.missing and not status.problems:
        return ()
    absent = len(status.missing) + len(status.problems)
    some = ", ".join((*status.missing, *status.problems)[:5]) + (", …" if absent > 5 else "")
    line = f"{spec.id} ({edition.id}): {len(status.present)} videos are there; missing or unreadable: {some}."
    return (f"{line} See `vsumbench data status {spec.id}{root_option(root)}`.",)
