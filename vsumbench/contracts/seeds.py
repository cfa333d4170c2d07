"""Seeds along named axes: the same axis gives the same seed, whatever else ran before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Seeds:
    """A root seed and the path of names that led here.

    `seeds.child("fold", 3).child("init")` depends on the root and on those names only, so a result never
    depends on the order of processing, and two models given the same axis get the same numbers.
    """

    root: int
    path: tuple[str, ...] = ()

    def child(self, *names: object) -> Seeds:
        """The seeds of a named axis below this one."""
        return Seeds(self.root, self.path + tuple(str(name) for name in names))

    def integer(self) -> int:
        """A seed in [0, 2**63), from SHA-256 over the root and the path."""
        text = "\x1f".join((str(self.root), *self.path))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    def generator(self) -> np.random.Generator:
        """A fresh numpy generator for this axis."""
        import numpy as np

        return np.random.default_rng(self.integer())
