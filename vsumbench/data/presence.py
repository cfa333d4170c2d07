"""What of an edition is on disk, as `vsumbench data status` shows it. Nothing is made or raised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts.dataset import Dataset, DatasetSpec, EditionSpec, EditionStatus
from vsumbench.errors import VsumbenchError

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

    @property
    def coverage(self) -> str:
        """`18/25 (72 %)`, or the empty string."""
        if self.tested is None or not self.official:
            return ""
        return f"{self.tested}/{self.official} ({100 * self.tested / self.official:.0f} %)"

    def lines(self) -> list[str]:
        """What is missing or wrong, a few lines."""
        found = [*self.problems, *(f"{name} is missing" for name in self.missing)]
        if not self.present and not self.problems:
            return []  # nothing is there: the state says so
        rest = len(found) - SHOWN
        return [*found[:SHOWN], *([f"and {rest} more"] if rest > 0 else [])]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


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
        tested, official = _coverage(spec, dataset, status, generated) if status.present else (None, None)
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
        tested=tested,
        official=official,
        missing=status.missing,
        problems=status.problems,
    )


def _state(status: EditionStatus) -> str:
    if status.complete:
        return "complete"
    if status.problems:
        return "damaged"
    return "partial" if status.present else "missing"


def _coverage(
    spec: DatasetSpec, dataset: Dataset, status: EditionStatus, generated: bool
) -> tuple[int | None, int | None]:
    """Test videos of the first split set that are there, and how many there should be."""
    if not spec.split_sets:
        return None, None
    split = spec.split_sets[0]
    tests = {video for fold in dataset.folds(split.id) for video in fold.test}
    # A generated edition is whole by itself; the official number belongs to the real data.
    official = len(tests) if generated or split.official_videos is None else split.official_videos
    return len(tests & set(status.present)), official
