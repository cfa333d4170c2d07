"""How a training runs: sizes, schedule, stopping. Plain numbers, so that a spec's options can hold one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from vsumbench.errors import OptionValueError

Schedule = Literal["cosine", "linear", "constant"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What `vsumbench.training.loop.train` follows.

    Attributes:
        epochs: passes over the examples, at least 1.
        batch_size: examples a step, over all processes and micro-batches together; the last step of an epoch
            takes what is left.
        warmup: share of all steps, in [0, 1], over which the rate grows linearly (`schedule.rate` says how).
        schedule: what the rate does after the warm-up.
        minimum: where the rate ends, as a share of its peak, in [0, 1]; `constant` has no use for it.
        clip_norm: longest gradient, as the 2-norm over all optimized parameters; None: no clipping.
        accumulation: micro-batches a step, over all processes together; rounded up to a multiple of the
            number of processes.
        patience: epochs without a better score of `validate` before training stops; None: never.
        checkpoint_every: steps between checkpoints within an epoch. It has no influence on the result.

    Raises:
        OptionValueError: a value outside its range.
    """

    epochs: int
    batch_size: int
    warmup: float = 0.1
    schedule: Schedule = "cosine"
    minimum: float = 0.0
    clip_norm: float | None = 1.0
    accumulation: int = 1
    patience: int | None = None
    checkpoint_every: int = 50

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulation", "patience", "checkpoint_every"):
            value = getattr(self, name)
            optional = name == "patience" and value is None
            if not optional and not (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
                raise OptionValueError(f"recipe: {name} is {value!r}; it is a whole number, at least 1.")
        for name in ("warmup", "minimum"):
            value = getattr(self, name)
            if not (_is_number(value) and 0.0 <= value <= 1.0):
                raise OptionValueError(f"recipe: {name} is {value!r}; it is a share between 0 and 1.")
        if self.clip_norm is not None and not (_is_number(self.clip_norm) and self.clip_norm > 0.0):
            raise OptionValueError(f"recipe: clip_norm is {self.clip_norm!r}; it is above 0, or None.")
        if self.schedule not in get_args(Schedule):
            known = ", ".join(get_args(Schedule))
            raise OptionValueError(
                f"recipe: schedule {self.schedule!r} is not known.", f"It is one of {known}."
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
