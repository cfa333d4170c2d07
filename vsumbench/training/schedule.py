"""The learning rate of each step, as a share of its peak."""

from __future__ import annotations

import math

from .recipe import Recipe


def warmup_steps(total: int, recipe: Recipe) -> int:
    """Steps of the warm-up: `warmup * total`, rounded up.

    The product is rounded to 1e-9 first, so that 10 percent of 30 steps are 3 steps and not 4.
    """
    return math.ceil(round(recipe.warmup * total, 9))


def rate(step: int, total: int, recipe: Recipe) -> float:
    """The share of the peak rate that step number `step` (counted from 0) of `total` is taken with.

    With W warm-up steps of T in all: the warm-up gives `(step + 1) / W`, so no step is taken at rate 0 and
    the last step of the warm-up is taken at the peak. After it, with `x = (step - W) / (T - W)`, counted
    from the end of the warm-up, and `m = recipe.minimum`:

    - cosine: `m + (1 - m) * (1 + cos(pi * x)) / 2`, eq. 17 of specs/models/milora-visum.md; with m > 0 its
      eq. 14.
    - linear: `m + (1 - m) * (1 - x)`.
    - constant: 1.

    The first step after the warm-up has x = 0, the peak; `m` itself is the limit, reached at `step == total`,
    after the last step, so with m = 0 the last step too changes something.

    Raises:
        ValueError: `step` is not in [0, total].
    """
    if not 0 <= step <= total:
        raise ValueError(f"step {step} is not one of {total}")
    warm = warmup_steps(total, recipe)
    if step < warm:
        return (step + 1) / warm
    if recipe.schedule == "constant" or warm == total:
        return 1.0
    x = (step - warm) / (total - warm)
    shape = (1.0 + math.cos(math.pi * x)) / 2.0 if recipe.schedule == "cosine" else 1.0 - x
    return recipe.minimum + (1.0 - recipe.minimum) * shape
