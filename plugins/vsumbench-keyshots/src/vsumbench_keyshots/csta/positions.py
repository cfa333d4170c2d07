"""The positional terms of CSTA (csta.md, "Configuration space")."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vsumbench.errors import MismatchError
from vsumbench_keyshots.shared.layers import sinusoids

ROWS = 5000
"""Rows of the learned table, the row of the class token included."""


class Fixed(nn.Module):
    """The usual table of sines and cosines, as long as asked; the official one ends at 5,000 rows."""

    def forward(self, x: Tensor) -> Tensor:
        """(R, D) with the table added."""
        return x + sinusoids(*x.shape).to(x)


class Relative(nn.Module):
    """Row i, column j: angle (j - i + R - 1) / 10000^((i + j) / (R + D)); even rows its sine, odd its cosine.

    Rows alternate, not columns; the last row of an odd number stays 0.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(R, D) with the table added."""
        rows, columns = x.shape
        i = torch.arange(rows, dtype=torch.float64)[:, None]
        j = torch.arange(columns, dtype=torch.float64)[None, :]
        angle = (j - i + rows - 1) / torch.pow(10000.0, (i + j) / (rows + columns))
        table = torch.where(i % 2 == 0, angle.sin(), angle.cos())
        if rows % 2:
            table[-1] = 0
        return x + table.to(x)


class LearnedTable(nn.Module):
    """A table of parameters, zero at first (inferred)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(ROWS, width))

    def forward(self, x: Tensor) -> Tensor:
        """(R, D) with its first R rows added.

        Raises:
            MismatchError: a video longer than the table.
        """
        if len(x) > ROWS:
            raise MismatchError(
                f"the learned table of positions has {ROWS} rows; this video takes {len(x)}.",
                "Use another positional term.",
            )
        return x + self.table[: len(x)]


class Convolved(nn.Module):
    """What a convolution of three rows along time makes of the input is added to it (inferred)."""

    def __init__(self, width: int, *, by_column: bool) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, width, 3, padding=1, groups=width if by_column else 1)

    def forward(self, x: Tensor) -> Tensor:
        """(R, D) with the convolution added."""
        found: Tensor = x + self.conv(x.T[None])[0].T
        return found


def term(kind: str, width: int) -> nn.Module:
    """The positional term of an option, on rows of a width."""
    if kind == "fixed":
        return Fixed()
    if kind == "relative":
        return Relative()
    if kind == "learned":
        return LearnedTable(width)
    if kind == "none":
        return nn.Identity()
    return Convolved(width, by_column=kind == "conv-by-column")
