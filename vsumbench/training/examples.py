"""Training examples: read when their turn comes and kept while memory lasts. Public to plugins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

from torch import Tensor

from vsumbench.contracts import Sample

MIB = 1 << 20
T = TypeVar("T")


class Examples(Sequence[T], Generic[T]):
    """Examples of samples; the first ones that fit into the budget are read once.

    Args:
        samples: what examples are made of.
        make: reads one.
        tensors: the tensors of an example that take memory.
        budget_mib: memory for kept examples. It has no influence on what is given.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        make: Callable[[Sample], T],
        tensors: Callable[[T], Sequence[Tensor]],
        budget_mib: int,
    ) -> None:
        self._samples, self._make, self._tensors = samples, make, tensors
        self._left = budget_mib * MIB
        self._kept: dict[int, T] = {}

    def __len__(self) -> int:
        return len(self._samples)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        if index in self._kept:
            return self._kept[index]
        example = self._make(self._samples[index])
        size = sum(tensor.numel() * tensor.element_size() for tensor in self._tensors(example))
        if size <= self._left:
            self._left -= size
            self._kept[index] = example
        return example
