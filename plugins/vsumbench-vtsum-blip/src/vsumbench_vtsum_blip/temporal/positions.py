"""A learned vector for each second, stretched for videos that are longer than the table."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate


class Positions(nn.Embedding):
    """The table (rows, D)."""

    def of(self, mask: Tensor) -> Tensor:
        """Positions of a batch of videos (B, T): (T, D) where all fit into the table, else (B, T, D).

        A video that is longer gets the whole table brought to its own length by bicubic interpolation. (The
        released code stretches to the length of the batch, so that a score depends on who is in it.)
        """
        longest = mask.shape[1]
        if longest <= self.num_embeddings:
            return self.weight[:longest]
        found = []
        for steps in mask.sum(dim=1).tolist():
            own = self.weight[:steps] if steps <= self.num_embeddings else self._stretched(steps)
            found.append(torch.cat([own, own.new_zeros(longest - steps, own.shape[1])]))
        return torch.stack(found)

    def _stretched(self, steps: int) -> Tensor:
        column = self.weight.T[None, :, :, None]
        stretched = interpolate(column, size=(steps, 1), mode="bicubic", align_corners=False)
        return stretched[0, :, :, 0].T
