"""Folds: their digest, folds from published test indices, and the held-out share for checkpoint selection."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from vsumbench.contracts.seeds import Seeds
from vsumbench.contracts.setting import INNER_VAL_SHARE, Fold
from vsumbench.errors import MismatchError

from .digests import sha256_json


def folds_digest(folds: Iterable[Fold]) -> str:
    """Sha256 hex of the canonical JSON of folds: names in order, ids sorted within each part.

    Two split files with the same division in another order of ids are the same split.
    """
    return sha256_json(
        [[fold.name, sorted(fold.train), sorted(fold.validation), sorted(fold.test)] for fold in folds]
    )


def folds_from_tests(
    ids: Sequence[str], tests: Sequence[Sequence[int]], names: Sequence[str] = ()
) -> tuple[Fold, ...]:
    """Folds from one-based test indices into `ids`; every other id trains.

    Args:
        ids: all ids, in the order the published indices count.
        tests: one-based indices of each fold's test videos.
        names: fold names; `split0`, `split1`, … where empty.
    """
    folds = []
    for number, indices in enumerate(tests):
        chosen = frozenset(indices)
        test = tuple(video for index, video in enumerate(ids, start=1) if index in chosen)
        if len(test) != len(indices):
            raise ValueError(
                f"fold {number} has indices that repeat or lie outside 1..{len(ids)}: {list(indices)}"
            )
        train = tuple(video for index, video in enumerate(ids, start=1) if index not in chosen)
        folds.append(Fold(names[number] if names else f"split{number}", train, test))
    return tuple(folds)


def inner_validation(
    fold: Fold, split_set: str, seeds: Seeds, own: Callable[[str], bool] = lambda video: True
) -> Fold:
    """The fold with 20 % of its training videos (at least one) moved to `validation` (protocols.md a.7).

    Only videos that are the dataset's `own` are held out: those of other datasets lack its annotations. Which
    videos depends on the seeds, the split set's id, the fold's name and the ids alone: not on the order
    in which ids are listed, nor on the numpy version.

    Raises:
        MismatchError: fewer than two training videos of its own.
    """
    mine = [video for video in fold.train if own(video)]
    if len(mine) < 2:
        raise MismatchError(
            f"fold {fold.name!r} of split set {split_set!r} has {len(mine)} training videos of its own; "
            "holding out a validation share needs two.",
            "Use `--selection last-epoch`.",
        )
    seed = seeds.child("inner-val", split_set, fold.name).integer()
    ranked = sorted(mine, key=lambda video: hashlib.sha256(f"{seed}\x1f{video}".encode()).digest())
    held = frozenset(ranked[: max(1, round(INNER_VAL_SHARE * len(mine)))])
    return replace(
        fold,
        train=tuple(video for video in fold.train if video not in held),
        validation=tuple(video for video in fold.train if video in held),
    )
