"""The network of dppLSTM and vsLSTM (dpplstm.md, "Architecture as coded"), and its official names."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from vsumbench.training.official import Keys
from vsumbench_keyshots.shared.layers import full_precision

SPREAD = 0.02
"""Half the width of the uniform distribution that matrices are drawn from."""
GATES = ("input", "forget", "cell", "output")
"""In the order in which torch stacks them."""


class Reading(NamedTuple):
    """What the network makes of a video.

    Attributes:
        quality: (T,) importance, any real numbers.
        kernel: (T, rank) vectors whose products say how alike two steps are; None without a kernel.
    """

    quality: Tensor
    kernel: Tensor | None

    def weighted(self) -> Tensor:
        """(T, rank) kernel vectors times quality: rows b with L = b b^T."""
        assert self.kernel is not None
        return self.quality[:, None] * self.kernel

    def importance(self) -> Tensor:
        """(T,) the diagonal of L, or the quality where there is no kernel."""
        return self.quality if self.kernel is None else self.weighted().square().sum(dim=1)


class Affine(nn.Module):
    """x W + b with W stored (inputs, outputs), as the official code stores it."""

    def __init__(self, inputs: int, outputs: int, *, spread_bias: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs).uniform_(-SPREAD, SPREAD))
        self.bias = nn.Parameter(torch.zeros(outputs))
        if spread_bias:
            nn.init.uniform_(self.bias, -SPREAD, SPREAD)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) to (..., outputs)."""
        return x @ self.weight + self.bias


class SharedLstm(nn.Module):
    """One LSTM cell that reads a sequence from both ends, from one initial state.

    A bidirectional LSTM has two cells; the coded model has one. Each gate is one affine map of [x, h]. Both
    directions run side by side, as two sequences of one batch.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.width = width
        self.gates = nn.ModuleDict({gate: Affine(width + hidden, hidden, spread_bias=True) for gate in GATES})
        self.first_cell = Affine(width, hidden)
        self.first_hidden = Affine(width, hidden)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(T, width) to two times (T, hidden): read forward, read backward, both in the order of x."""
        with full_precision(x.device):
            return self._read(x.to(self.first_cell.weight.dtype))

    def _read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        gates = [cast(Affine, self.gates[gate]) for gate in GATES]
        joined = torch.cat([gate.weight.T for gate in gates])
        biases = torch.cat([gate.bias for gate in gates])
        parameters = [
            joined[:, : self.width].contiguous(),
            joined[:, self.width :].contiguous(),
            biases,
            torch.zeros_like(biases),
        ]
        mean = x.mean(dim=0)
        start = [
            state(mean).tanh().expand(1, 2, -1).contiguous() for state in (self.first_hidden, self.first_cell)
        ]
        both = torch.stack([x, x.flip(0)])
        read, _, _ = torch.lstm(both, start, parameters, True, 1, 0.0, self.training, False, True)
        return read[0], read[1].flip(0)


class DppLstmNetwork(nn.Module):
    """The recurrent network and one or two perceptrons on [x, forward state, backward state].

    At width 1,024 there are 2,689,537 parameters, without a kernel (vsLSTM, `rank` 0) 2,230,273.
    """

    def __init__(self, width: int, hidden: int, rank: int) -> None:
        super().__init__()
        self.lstm = SharedLstm(width, hidden)
        self.quality = Affine(width + 2 * hidden, hidden)
        self.score = Affine(hidden, 1)
        self.kernel_hidden = Affine(width + 2 * hidden, hidden) if rank else None
        self.kernel = Affine(hidden, rank) if rank else None

    def forward(self, x: Tensor) -> Reading:
        """(T, width) to quality and kernel vectors. Neither ends in a sigmoid; the layers below them do."""
        seen = torch.cat([x, *self.lstm(x)], dim=1)
        quality = self.score(self.quality(seen).sigmoid()).squeeze(1)
        if self.kernel is None or self.kernel_hidden is None:
            return Reading(quality, None)
        return Reading(quality, self.kernel(self.kernel_hidden(seen).sigmoid()))


def official_keys(network: DppLstmNetwork) -> Keys:
    """Our name → the name in the official code, whose matrices have our layout."""
    modules = {
        "lstm.first_cell": ("c_init_W0", "c_init_b0"),
        "lstm.first_hidden": ("h_init_W0", "h_init_b0"),
        "quality": ("classify_W0", "classify_b0"),
        "score": ("classify_W1", "classify_b1"),
    }
    modules |= {
        f"lstm.gates.{gate}": (f"W{letter}", f"b{letter}") for gate, letter in zip(GATES, "ifco", strict=True)
    }
    if network.kernel is not None:
        modules |= {"kernel_hidden": ("kernel_W0", "kernel_b0"), "kernel": ("kernel_W1", "kernel_b1")}
    return {
        f"{mine}.{kind}": (theirs,)
        for mine, names in modules.items()
        for kind, theirs in zip(("weight", "bias"), names, strict=True)
    }
