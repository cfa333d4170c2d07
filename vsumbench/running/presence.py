"""The folds of a split set as far as their videos are here, and which are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vsumbench.contracts import DatasetSpec, Fold, TrainsOnMore
from vsumbench.data.editions import ResolvedEdition
from vsumbench.errors import DataMissingError


@dataclass(frozen=True, kw_only=True)
class Present:
    """Published folds with the ids that are here.

    Attributes:
        missing: test ids that are not here, each once.
        missing_training: ids that would train or validate and are not here; empty for models that do not
            train.
    """

    folds: tuple[Fold, ...] = field(repr=False)
    missing: tuple[str, ...]
    missing_training: tuple[str, ...] = ()

    def notices(self, split_set: str) -> list[str]:
        """A line for each kind of missing video."""
        kinds = (("test", self.missing), ("training and validation", self.missing_training))
        return [
            f"{len(ids)} {kind} videos of split set {split_set!r} are missing: {_shown(ids)}."
            for kind, ids in kinds
            if ids
        ]


def present_folds(
    published: Sequence[Fold], resolved: ResolvedEdition, dataset: DatasetSpec, split_set: str, trains: bool
) -> Present:
    """The folds with what is here; without training and validation parts for a model that does not train.

    Raises:
        DataMissingError: a fold has none of its test videos, or trains on videos of other datasets that are
            not here: without them it would be another setting under the same name.
    """
    more = resolved.dataset.training_ids() if isinstance(resolved.dataset, TrainsOnMore) else None
    there = {*resolved.status.present, *(more or ())}
    folds = []
    for whole in published:
        fold = Fold(
            whole.name,
            train=_kept(whole.train, there) if trains else (),
            validation=_kept(whole.validation, there) if trains else (),
            test=_kept(whole.test, there),
        )
        if not fold.test:
            raise DataMissingError(
                f"dataset {dataset.id!r}: fold {fold.name!r} has none of its {len(whole.test)} test videos.",
                f"See `vsumbench data status {dataset.id}`.",
            )
        folds.append(fold)
    learned = _ids_of(published, "train") | _ids_of(published, "validation") if trains else set()
    untrained = sorted(learned - there)
    foreign = [video for video in untrained if more is not None and not is_own(video)]
    if foreign:
        others = list(dict.fromkeys(video.partition("/")[0] for video in foreign))
        raise DataMissingError(
            f"split set {split_set!r} of {dataset.id!r} also trains on {', '.join(others)}; {len(foreign)} "
            f"of their videos are not here: {_shown(foreign)}.",
            f"See `vsumbench data status {others[0]}`, or choose another split set with --split-set.",
        )
    return Present(
        folds=tuple(folds),
        missing=tuple(
            dict.fromkeys(video for fold in published for video in fold.test if video not in there)
        ),
        missing_training=tuple(untrained),
    )


def is_own(video_id: str) -> bool:
    """Whether an id of a `TrainsOnMore` dataset is its own; those of others are `DATASET/ID`."""
    return "/" not in video_id


def _kept(ids: Sequence[str], there: set[str]) -> tuple[str, ...]:
    return tuple(video for video in ids if video in there)


def _ids_of(folds: Sequence[Fold], part: str) -> set[str]:
    return {video for fold in folds for video in getattr(fold, part)}


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
