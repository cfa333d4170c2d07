"""What a loss function returns to the loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """The loss of some examples.

    Attributes:
        total: differentiable scalar, summed over items (tokens, frames or samples).
        items: how many it sums over.
        parts: means that are shown live, beside the loss, and go nowhere else.
    """

    total: Tensor
    items: int
    parts: Mapping[str, float | Tensor] = field(default_factory=dict)


def check_loss(found: object) -> None:
    """Refuse what cannot be learned from.

    Raises:
        ValueError: no Loss, no scalar, no gradient, or a negative number of items.
    """
    if not isinstance(found, Loss):
        raise ValueError(f"the loss function returned a {type(found).__name__}, expected a Loss")
    if found.total.ndim != 0 or found.items < 0:
        shape = tuple(found.total.shape)
        raise ValueError(f"a Loss has a scalar total and items >= 0, not {shape} and {found.items}")
    if found.items and not found.total.requires_grad:
        raise ValueError("the total of a Loss has no gradient: it does not depend on what is trained")
