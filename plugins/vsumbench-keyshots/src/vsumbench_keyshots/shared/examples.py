"""Training examples: tensors on the device, read when their turn comes and kept while memory lasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import torch
from torch import Tensor

from vsumbench.contracts import Sample, Video

MIB = 1 << 20


@dataclass(frozen=True)
class Example:
    """What a step of training sees of a video.

    Attributes:
        features: (T, width).
        target: (T,) or what else the method learns.
        video: for methods that look at shots.
    """

    features: Tensor
    target: Tensor
    video: Video


class Examples(Sequence[Example]):
    """Examples of samples; the first ones that fit into the budget are read once."""

    def __init__(self, samples: Sequence[Sample], make: Callable[[Sample], Example], budget_mib: int) -> None:
        self._samples, self._make = samples, make
        self._left = budget_mib * MIB
        self._kept: dict[int, Example] = {}

    def __len__(self) -> int:
        return len(self._samples)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        if index in self._kept:
            return self._kept[index]
        example = self._make(self._samples[index])
        size = _bytes(example.features) + _bytes(example.target)
        if size <= self._left:
            self._left -= size
            self._kept[index] = example
        return example


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * torch.empty((), dtype=tensor.dtype).element_size()
