"""What SumMe, TVSum, OVP and YouTube share: keys `video_1`, `video_2`, …, and folds over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from vsumbench.contracts import DatasetSpec, Fold
from vsumbench.data import folds_from_tests
from vsumbench.errors import UnknownNameError, UnknownSettingError

STEP = 15
"""Native frames between two sampled steps: nominally 2 fps."""

Tests = Mapping[str, Sequence[Sequence[int]]]
"""Split set → one-based indices of the test videos of each fold."""


@cache
def keys(count: int) -> tuple[str, ...]:
    """`video_1` … `video_<count>`."""
    return tuple(f"video_{number}" for number in range(1, count + 1))


def published_folds(
    spec: DatasetSpec,
    split_set: str,
    ids: Sequence[str],
    tests: Tests,
    more: Mapping[str, Iterable[str]] = {},
) -> tuple[Fold, ...]:
    """The folds of a split set; `all` is one fold that tests every video and trains on none.

    Args:
        spec: whose folds these are.
        split_set: which.
        ids: all ids, in the order the indices count.
        tests: published test sets; every other id trains.
        more: split set → ids of other datasets (`DATASET/ID`) that train in each of its folds too.

    Raises:
        UnknownSettingError: the dataset has no such split set.
    """
    if split_set == "all":
        return (Fold("all", (), tuple(ids)),)
    if split_set not in tests:
        raise unknown_split_set(spec, split_set)
    others = tuple(more.get(split_set, ()))
    folds = folds_from_tests(ids, tests[split_set])
    return tuple(replace(fold, train=(*fold.train, *others)) for fold in folds)


def unknown_split_set(spec: DatasetSpec, split_set: str) -> UnknownNameError:
    """The error for a split set that is not there."""
    return UnknownSettingError.about(
        f"{spec.id} split set",
        split_set,
        [split.id for split in spec.split_sets],
        where=f"vsumbench info {spec.id}",
    )


def index_of(spec: DatasetSpec, ids: Sequence[str], video_id: str) -> int:
    """The zero-based place of an id.

    Raises:
        UnknownSettingError: the dataset has no such video.
    """
    try:
        return ids.index(video_id)
    except ValueError:
        raise UnknownSettingError.about(
            f"{spec.id} video", video_id, ids, where=f"vsumbench data status {spec.id}"
        ) from None
