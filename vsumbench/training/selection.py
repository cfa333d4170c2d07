"""Which epoch's weights are tested: one state machine for every selection rule, saved between epochs."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vsumbench.contracts import Selection


@dataclass
class CheckpointSelector:
    """Decides after each epoch whether its weights are the ones to keep.

    `inner-val`, `validation` and `best-test-epoch` look at a validation score, higher is better; `train-loss`
    at the loss, lower is better; `last-epoch` keeps every new epoch. On a tie the earlier epoch stays.
    """

    selection: Selection
    best: float = -math.inf
    epoch: int = 0

    def keep(self, epoch: int, *, loss: float, score: float | None) -> bool:
        """Whether the weights of `epoch` (counted from 1) are now the selected ones.

        Raises:
            ValueError: the rule looks at a validation score and there is none.
        """
        if self.selection is Selection.LAST_EPOCH:
            value = float(epoch)
        elif self.selection is Selection.TRAIN_LOSS:
            value = -loss
        elif score is None:
            raise ValueError(f"selection {self.selection.value} needs a validation score for every epoch")
        else:
            value = score
        if not value > self.best:
            return False
        self.best, self.epoch = value, epoch
        return True

    def state(self) -> dict[str, Any]:
        """JSON state, to be stored with a checkpoint."""
        state = asdict(self) | {"selection": self.selection.value}
        return state | {"best": None if math.isinf(self.best) else self.best}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> CheckpointSelector:
        """Read what `state` gave."""
        best = -math.inf if state["best"] is None else float(state["best"])
        return cls(Selection(state["selection"]), best, int(state["epoch"]))


def write_json_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a small JSON checkpoint so that a kill leaves the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(state, sort_keys=True), encoding="utf-8")
    temporary.replace(path)
