"""What of an edition is on disk, as `vsumbench data status` shows it. Nothing is made or raised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import DatasetSpec, EditionSpec, EditionStatus
from vsumbench.errors import VsumbenchError

from .coverage import SplitCoverage, missing_ids, split_coverage
from .editions import Load, open_edition
from .making import MANIFEST
from .roots import DataRoot, dataset_folder, planted_folder

SHOWN = 5
NOT_MADE = "not made yet"


@dataclass(frozen=True, kw_only=True)
class Presence:
    """One edition on this machine.

    Attributes:
        state: `complete`, `partial`, `missing`, `damaged`; of generated ones also `not made yet` and
            `in memory`.
        folder: where it lies or would lie; None for editions held in memory.
        present: how many videos are there.
        tested, official: test videos of the first split set that are there, and that there should be; None
            where the edition cannot say.
        missing, problems: lines of the reader.
        ids: the videos that are there.
        splits: each split set against them; empty where nothing is there.
    """

    dataset: str
    edition: str
    state: str
    folder: Path | None
    present: int = 0
    tested: int | None = None
    official: int | None = None
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    splits: tuple[SplitCoverage, ...] = ()

    @property
    def coverage(self) -> str:
        """`18/25 (72 %)`, or the empty string."""
        if self.tested is None or not self.official:
            return ""
        return f"{self.tested}/{self.official} ({100 * self.tested / self.official:.0f} %)"

    @property
    def missing_ids(self) -> tuple[str, ...]:
        """Ids of the split sets that are not there; where no split set says, what the reader misses."""
        return missing_ids(self.splits) or self.missing

    def lines(self) -> list[str]:
        """What is missing or wrong, a few lines."""
        found = [*self.problems, *(f"{name} is missing" for name in self.missing)]
        if not self.present and not self.problems:
            return []  # nothing is there: the state says so
        rest = len(found) - SHOWN
        return [*found[:SHOWN], *([f"and {rest} more"] if rest > 0 else [])]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "dataset": self.dataset,
            "edition": self.edition,
            "state": self.state,
            "folder": self.folder,
            "present": self.present,
            "tested": self.tested,
            "official": self.official,
            "missing": list(self.missing),
            "problems": list(self.problems),
            "present_ids": list(self.ids),
            "missing_ids": list(self.missing_ids),
            "splits": [split.to_dict() for split in self.splits],
        }


def edition_presence(spec: DatasetSpec, edition: EditionSpec, root: DataRoot, load: Load) -> Presence:
    """Look at an edition; an error of its reader is a problem of it, never raised."""
    generated = edition.generated
    in_memory = generated and not edition.maker
    folder: Path | None = None
    try:
        folder = (
            planted_folder(spec.id, edition.version, edition.id)
            if generated
            else dataset_folder(root.path, spec.id)
        )
        if generated and not in_memory and not (folder / MANIFEST).is_file():
            return Presence(dataset=spec.id, edition=edition.id, state=NOT_MADE, folder=folder)
        dataset = open_edition(spec, edition, folder, load)
        status = dataset.status()
        splits = split_coverage(spec, dataset, status.present, generated) if status.present else ()
    except VsumbenchError as error:
        return Presence(
            dataset=spec.id, edition=edition.id, state="damaged", folder=folder, problems=(error.message,)
        )
    return Presence(
        dataset=spec.id,
        edition=edition.id,
        state="in memory" if in_memory else _state(status),
        folder=None if in_memory else folder,
        present=len(status.present),
        tested=len(splits[0].tested) - len(splits[0].missing_test) if splits else None,
        official=splits[0].official if splits else None,
        missing=status.missing,
        problems=(
            *status.problems,
            *(f"split set {split.id}: {split.problem}" for split in splits if split.problem),
        ),
        ids=status.present,
        splits=splits,
    )


def _state(status: EditionStatus) -> str:
    if status.complete:
        return "complete"
    if status.problems:
        return "damaged"
    return "partial" if status.present else "missing"
