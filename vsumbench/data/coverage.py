"""Split sets as people should know them: how many videos are ever tested, and how many of them are here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vsumbench.contracts.dataset import Dataset, DatasetSpec, TrainsOnMore
from vsumbench.contracts.setting import Fold, SplitSetSpec
from vsumbench.errors import VsumbenchError

from .splits import folds_digest


@dataclass(frozen=True, kw_only=True)
class SplitCoverage:
    """One split set, against what is there.

    Attributes:
        folds: how many.
        train, validation, test: (fewest, most) videos of a fold.
        tested, trained: ids that are ever tested, or trained on (validation counts as training), each once;
            those of other datasets are `DATASET/ID`.
        missing_test, missing_train: those of them that are not there, in the same order.
        official: how many videos the published split tests, where it is stated, else as many as `tested`.
        digest: of the folds.
        trains_on_more: whether ids `DATASET/ID` are those of other datasets (no such id is ever tested).
        problem: why nothing of this is known: the folds come from data that are not there.
    """

    id: str
    folds: int = 0
    train: tuple[int, int] = (0, 0)
    validation: tuple[int, int] = (0, 0)
    test: tuple[int, int] = (0, 0)
    tested: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    missing_test: tuple[str, ...] = ()
    missing_train: tuple[str, ...] = ()
    official: int | None = None
    digest: str = ""
    trains_on_more: bool = False
    problem: str = ""

    @property
    def share(self) -> str:
        """`18/25 (72 %)` of the official test videos are there; empty where it cannot be said."""
        if not self.official:
            return ""
        there = len(self.tested) - len(self.missing_test)
        return f"{there}/{self.official} ({100 * there / self.official:.0f} %)"

    @property
    def training_share(self) -> str:
        """`20/25` of the videos that any fold trains on are there; empty where none does."""
        return f"{len(self.trained) - len(self.missing_train)}/{len(self.trained)}" if self.trained else ""

    def own(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Those of the ids that are the dataset's own."""
        return tuple(video for video in ids if not (self.trains_on_more and "/" in video))

    def gap(self, of_others: bool = False) -> str:
        """One line on which of the dataset's own videos (or those of others) are not there; else empty."""
        parts = []
        for what, gone, all_of in (
            ("test", self.missing_test, self.tested),
            ("training", self.missing_train, self.trained),
        ):
            own = self.own(gone)
            missing = tuple(video for video in gone if video not in own) if of_others else own
            if missing:
                some = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
                parts.append(f"{len(missing)} of {len(all_of)} {what} videos are not here ({some})")
        return f"split set {self.id}: {' and '.join(parts)}" if parts else ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON: counts, and the ids that are not there."""
        return {
            "id": self.id,
            "folds": self.folds,
            "train": list(self.train),
            "validation": list(self.validation),
            "test": list(self.test),
            "tested": len(self.tested),
            "official": self.official,
            "trained": len(self.trained),
            "missing_test": list(self.missing_test),
            "missing_train": list(self.missing_train),
            "digest": self.digest,
            "problem": self.problem,
        }


def split_coverage(
    spec: DatasetSpec, dataset: Dataset, present: Iterable[str], generated: bool = False
) -> tuple[SplitCoverage, ...]:
    """Every split set of a dataset against the ids that are present; a reader's error is a problem of one."""
    there = frozenset(present)
    if isinstance(dataset, TrainsOnMore):
        there |= frozenset(dataset.training_ids())
    return tuple(_of(split, dataset, there, generated) for split in spec.split_sets)


def missing_ids(splits: Iterable[SplitCoverage]) -> tuple[str, ...]:
    """The dataset's own ids that stand in any fold and are not there, each once."""
    return tuple(
        dict.fromkeys(
            video for split in splits for video in split.own((*split.missing_test, *split.missing_train))
        )
    )


def _of(split: SplitSetSpec, dataset: Dataset, there: frozenset[str], generated: bool) -> SplitCoverage:
    try:
        folds = dataset.folds(split.id)
    except VsumbenchError as error:
        return SplitCoverage(id=split.id, official=split.official_videos, problem=error.message)
    tested = _each_once(folds, ("test",))
    trained = _each_once(folds, ("train", "validation"))
    # A generated edition is whole by itself; the official number belongs to the real data.
    official = len(tested) if generated or split.official_videos is None else split.official_videos
    return SplitCoverage(
        id=split.id,
        folds=len(folds),
        train=_sizes(folds, "train"),
        validation=_sizes(folds, "validation"),
        test=_sizes(folds, "test"),
        tested=tested,
        trained=trained,
        missing_test=tuple(video for video in tested if video not in there),
        missing_train=tuple(video for video in trained if video not in there),
        official=official,
        digest=folds_digest(folds),
        trains_on_more=not any("/" in video for video in tested),
    )


def _each_once(folds: tuple[Fold, ...], parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(video for fold in folds for part in parts for video in getattr(fold, part)))


def _sizes(folds: tuple[Fold, ...], part: str) -> tuple[int, int]:
    counts = [len(getattr(fold, part)) for fold in folds] or [0]
    return min(counts), max(counts)
