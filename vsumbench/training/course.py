"""How far a training is, as a checkpoint remembers it: steps, losses, scores, the selected epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from vsumbench.contracts import Selection
from vsumbench.errors import MismatchError, RunFailedError

from .recipe import Recipe
from .selection import CheckpointSelector

LOOKING = (Selection.INNER_VAL, Selection.VALIDATION, Selection.BEST_TEST_EPOCH)
"""The rules that need a validation score for every epoch."""


@dataclass
class Course:
    """What is known between two steps.

    Attributes:
        selector: the selection rule with the best epoch so far.
        step: optimizer steps finished.
        total, items: the loss summed over this epoch so far, and over how many items.
        history: one entry a finished epoch: mean loss, last rate and, with a validation, its score.
        selected_step: the step whose weights are selected, once an epoch is finished.
        best_score, waited: the best validation score, and the epochs since.
    """

    selector: CheckpointSelector
    step: int = 0
    total: float = 0.0
    items: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    selected_step: int | None = None
    best_score: float | None = None
    waited: int = 0

    @classmethod
    def begin(cls, selection: Selection, *, validates: bool) -> Course:
        """Before the first step.

        Raises:
            MismatchError: the rule looks at validation samples and nothing validates.
        """
        if selection in LOOKING and not validates:
            raise MismatchError(
                f"selection {selection.value!r} looks at validation samples, and train() was given no "
                "validate.",
                "Use --selection last-epoch or train-loss, or give train() a validate.",
            )
        return cls(CheckpointSelector(selection))

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return len(self.history)

    def add(self, total: float, items: int) -> None:
        """A step is finished."""
        self.step += 1
        self.total += total
        self.items += items

    def end_epoch(self, rate: float, score: float | None) -> None:
        """An epoch is finished, and validated if anything validates.

        Raises:
            RunFailedError: the score is not finite, so no epoch could be preferred.
        """
        number = self.epoch + 1
        if score is not None and not math.isfinite(score):
            raise RunFailedError(
                f"the validation score of epoch {number} is {score}.", "No epoch can be selected by it."
            )
        loss = self.total / max(self.items, 1)
        if self.selector.keep(number, loss=loss, score=score):
            self.selected_step = self.step
        entry = {"loss": loss, "rate": rate}
        if score is not None:
            entry["score"] = score
            better = self.best_score is None or score > self.best_score
            self.best_score, self.waited = (score, 0) if better else (self.best_score, self.waited + 1)
        self.history.append(entry)
        self.total, self.items = 0.0, 0

    def finished(self, recipe: Recipe) -> bool:
        """Whether there is no further epoch."""
        tired = recipe.patience is not None and self.waited >= recipe.patience
        return self.epoch >= recipe.epochs or tired

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self) | {"selector": self.selector.state()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Course:
        """Read what `state` gave."""
        return cls(**state | {"selector": CheckpointSelector.from_state(state["selector"])})
