"""The attention of PGL-SUM: energies without scaling, plus a term of the two positions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from vsumbench_keyshots.shared.layers import SQRT2, dropped

from .spec import LOCAL_HEADS, PglSumOptions

MANY = 1 << 26
"""Energies of all heads together from which heads are taken one by one where no gradient is needed."""


def positions(steps: int, width: int) -> Tensor:
    """(T, T) term over query and key positions (pgl-sum.md, 3).

    Entry [p, 2i] is sin(p / 10000^(2i / width)) and [p, 2i + 1] the cosine, for i < T // 2. The exponent has
    the width of the features and not T; for odd T the last column stays 0.
    """
    place = torch.arange(steps, dtype=torch.float32)[:, None]
    pair = torch.arange(steps // 2, dtype=torch.float32)
    angle = place / torch.pow(10000.0, 2.0 * pair / width)
    table = torch.zeros(steps, steps)
    table[:, 0 : 2 * len(pair) : 2] = torch.sin(angle)
    table[:, 1 : 2 * len(pair) : 2] = torch.cos(angle)
    return table


class HeadedAttention(nn.Module):
    """Multi-head attention without scaling. All heads are one product; each was initialised by itself.

    Args:
        width: of the input and of the output.
        inner: of all heads together.
        heads: how many.
        dropout: share dropped from the weights.
        positions: add the positional term.
    """

    def __init__(self, width: int, inner: int, heads: int, dropout: float, *, positions: bool) -> None:
        super().__init__()
        head = inner // heads
        self.width, self.heads, self.dropout, self.placed = width, heads, dropout, positions
        # Queries of every head, then keys, then values.
        self.project = nn.Linear(width, 3 * heads * head, bias=False)
        self.output = nn.Linear(heads * head, width, bias=False)
        for piece in torch.split(self.project.weight, head):
            # The bound is that of a head's own matrix, which is smaller than the joined one.
            nn.init.xavier_uniform_(piece, gain=SQRT2)
        nn.init.xavier_uniform_(self.output.weight, gain=SQRT2)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width)."""
        query, key, value = self._split(x)
        term = self._term(x)
        if torch.is_grad_enabled() or self.heads * len(x) ** 2 < MANY:
            attended = self._attend(query, key, value, term)
        else:
            one_by_one = (slice(head, head + 1) for head in range(self.heads))
            attended = torch.cat([self._attend(query[h], key[h], value[h], term) for h in one_by_one])
        found: Tensor = self.output(attended.transpose(0, 1).reshape(len(x), -1))
        return found

    def last_weights(self, x: Tensor) -> Tensor:
        """(T, T) weights of the last head, before dropout."""
        query, key, _ = self._split(x)
        return _weights(query[-1:], key[-1:], self._term(x))[0]

    def _split(self, x: Tensor) -> Sequence[Tensor]:
        """Queries, keys, values: (heads, T, head) each."""
        projected: Tensor = self.project(x).view(len(x), 3, self.heads, -1).permute(1, 2, 0, 3)
        return projected.unbind()

    def _term(self, x: Tensor) -> Tensor | None:
        return positions(len(x), self.width).to(x) if self.placed else None

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, term: Tensor | None) -> Tensor:
        return dropped(_weights(query, key, term), self.dropout, self.training) @ value


def _weights(query: Tensor, key: Tensor, term: Tensor | None) -> Tensor:
    energies = query @ key.transpose(1, 2)
    weights: Tensor = (energies if term is None else energies + term).softmax(dim=-1)
    return weights


class GlobalLocalAttention(nn.Module):
    """One attention over the video and one over each of its segments, fused."""

    def __init__(self, width: int, options: PglSumOptions) -> None:
        super().__init__()
        placed = options.positions == "absolute"
        self.whole = HeadedAttention(width, width, options.heads, options.dropout, positions=placed)
        self.fusion = options.fusion
        self.parts = nn.ModuleList(
            HeadedAttention(width, width // options.segments, LOCAL_HEADS, options.dropout, positions=placed)
            for _ in range(options.segments)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T, width); every segment must have a step."""
        whole: Tensor = self.whole(x)
        if not len(self.parts):
            # Without local views nothing is normalised either.
            return whole
        length = math.ceil(len(x) / len(self.parts))
        segments = zip(self.parts, torch.split(x, length), strict=True)
        local = torch.cat([part(segment) for part, segment in segments])
        whole, local = normalize(whole, dim=1), normalize(local, dim=1)
        if self.fusion == "add":
            return whole + local
        if self.fusion == "mult":
            return whole * local
        if self.fusion == "avg":
            return (whole + local) / 2
        return torch.maximum(whole, local)


def enough_steps(steps: int, segments: int) -> int:
    """The least number of steps from `steps` on that gives every segment at least two.

    With fewer the official code raises an index error: at 1 to 7, 9, 10 and 13 steps for four segments.
    """
    while segments and steps - (segments - 1) * math.ceil(steps / segments) < 2:
        steps += 1
    return steps
