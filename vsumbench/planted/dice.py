"""Random draws that are the same on every machine and library version.

Python's `Random.random` is documented to keep its sequence; numpy's generators may change theirs between
versions, and functions of the C library may differ in the last bit, so neither is used where planted data
are written.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from vsumbench.contracts.seeds import Seeds

T = TypeVar("T")


class Dice:
    """Draws along one named axis of seeds."""

    def __init__(self, seeds: Seeds) -> None:
        self._random = random.Random(seeds.integer()).random

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._random()

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def choice(self, items: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One of the items, by weight."""
        if weights is None:
            return items[self.integer(0, len(items) - 1)]
        left = self._random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def zipf(self, items: Sequence[T]) -> T:
        """One of the items; the one of rank k has weight 1 / k."""
        return self.choice(items, [1 / rank for rank in range(1, len(items) + 1)])

    def shuffled(self, items: Sequence[T]) -> tuple[T, ...]:
        """The items in a random order."""
        left, order = list(items), []
        while left:
            order.append(left.pop(self.integer(0, len(left) - 1)))
        return tuple(order)

    def noise(self) -> float:
        """A number of mean 0 and variance 1, close to normal and within ±3.5: a sum of twelve uniforms."""
        total = 0.0
        for _ in range(12):
            total += self._random()
        return max(-3.5, min(3.5, total - 6.0))
