"""Conversations of one step, padded to the longest, with what was seen of their frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .template import IGNORED, Encoded


@dataclass(frozen=True)
class Batch:
    """B conversations of at most L tokens with F frames in all.

    Attributes:
        ids: (B, L) token ids, padded at the right.
        labels: (B, L) what is to be predicted after each token, -100 where nothing is learned.
        seen: (F, n, Dv) tokens of the frames, conversation after conversation.
    """

    ids: Tensor
    labels: Tensor
    seen: Tensor

    @classmethod
    def of(cls, encoded: Sequence[Encoded], seen: Sequence[Tensor], padding: int) -> Batch:
        """Pad conversations; `seen` holds (T, n, Dv) for each of them."""
        length = max(len(one.ids) for one in encoded)
        ids = torch.full((len(encoded), length), padding, dtype=torch.long)
        labels = torch.full((len(encoded), length), IGNORED, dtype=torch.long)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = torch.tensor(one.ids, dtype=torch.long)
            labels[row, : len(one.ids)] = torch.tensor(one.labels, dtype=torch.long)
        return cls(ids, labels, torch.cat([*seen]))

    @property
    def labelled(self) -> Tensor:
        """(B, L) true where something is learned."""
        return self.labels != IGNORED

    def to(self, device: torch.device | str) -> Batch:
        """The same on a device."""
        return Batch(self.ids.to(device), self.labels.to(device), self.seen.to(device))
