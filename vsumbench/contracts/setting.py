"""A setting says who trains and who is tested: split set, folds, and how a checkpoint is selected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Selection(StrEnum):
    """How the checkpoint that is tested is chosen, and on which videos (protocols.md a.7)."""

    INNER_VAL = "inner-val"
    """Select on 20 % of the training videos, held out by split set and fold. The fair default."""
    VALIDATION = "validation"
    """Select on the official validation split."""
    LAST_EPOCH = "last-epoch"
    """No selection: the last epoch."""
    TRAIN_LOSS = "train-loss"
    """The epoch with the lowest training loss."""
    BEST_TEST_EPOCH = "best-test-epoch"
    """The epoch best on the test fold: reproduction only, flagged optimistic, never ranked."""


SELECTION_ALIASES = {"best-on-test": Selection.BEST_TEST_EPOCH, "best-on-val": Selection.INNER_VAL}
INNER_VAL_SHARE = 0.2


@dataclass(frozen=True)
class Fold:
    """One train/validation/test division, as video ids. `validation` is the official one, or empty."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    validation: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SplitSetSpec:
    """A published list of folds.

    Attributes:
        id: canonical name (`canonical-nonoverlap`, `official`, …).
        title: one line.
        digest: sha256 of the canonical JSON of its folds, or None where the folds come from the data
            themselves.
        official_videos: how many videos the official split tests; coverage is counted against it.
        source: who published it.
    """

    id: str
    title: str
    digest: str | None = None
    official_videos: int | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class SettingSpec:
    """A split set together with a selection rule."""

    split_set: str
    selection: Selection
