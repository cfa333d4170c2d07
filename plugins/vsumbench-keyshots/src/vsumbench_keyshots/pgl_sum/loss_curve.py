"""The published choice of an epoch, by the curve of the training loss alone (pgl-sum.md, "Training")."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

SETTLED = 15
"""The epoch from which the curve is looked at."""
CHANGE = 0.01
"""The least relative change from one epoch to the next that counts."""


def chosen_epoch(losses: Sequence[float]) -> int:
    """The epoch, counted from 1, whose weights are taken.

    Two candidates: the first epoch-to-epoch change of at least 1 % from epoch 15 on (the later epoch of a
    drop, the earlier one of a rise), and the lowest loss. The one whose relative change is smaller is taken;
    that of the lowest loss is the change that led to it. Where no change reaches 1 %, it is the first epoch,
    as in the official code, which reports nothing of it. That epochs are counted from 1 here is inferred.
    """
    changes = [after / before - 1 if before else 0.0 for before, after in pairwise(losses)]
    first = next((at for at in range(SETTLED - 1, len(changes)) if abs(changes[at]) >= CHANGE), None)
    if first is None:
        return 1
    settled = first + 2 if changes[first] < 0 else first + 1
    lowest = min(range(len(losses)), key=losses.__getitem__)
    if lowest == 0:
        return settled
    return settled if abs(changes[first]) <= abs(changes[lowest - 1]) else lowest + 1
