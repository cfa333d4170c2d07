"""The references of one video as a protocol built them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")


class ReferenceSet:
    """Reference rows (R, N), float or boolean, with a place to keep what a metric derives from them.

    Many predictions meet the same references (100 random repetitions, every annotator), so a metric stores
    what it computes from the rows alone through `derived`.
    """

    def __init__(self, rows: NDArray[np.generic]) -> None:
        self.rows = rows
        self._derived: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def derived(self, key: str, build: Callable[[NDArray[np.generic]], T]) -> T:
        """What `build(rows)` gives, computed once for this set and key."""
        if key not in self._derived:
            self._derived[key] = build(self.rows)
        value: T = self._derived[key]
        return value
