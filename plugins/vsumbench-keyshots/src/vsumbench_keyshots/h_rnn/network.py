"""The network of H-RNN (h-rnn.md, "Design")."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from vsumbench_keyshots.shared.layers import full_precision


class HRnnNetwork(nn.Module):
    """An LSTM through each subshot, a bidirectional one over their last states, two layers on top.

    2,497,025 parameters at width 1,024, 3,545,601 at 2,048.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.within = nn.LSTM(width, hidden, batch_first=True)
        self.across = nn.LSTM(hidden, hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden, hidden)
        self.score = nn.Linear(hidden, 1)

    def forward(self, x: Tensor, sizes: Tensor) -> Tensor:
        """(T, width) and (S,) steps of each subshot to (S,) confidences in (0, 1).

        All subshots run through the first layer at once, short ones padded behind their end. It reads
        forward, so what stands behind the last true step has no influence on that step's state.
        """
        with full_precision(x.device):
            parts = torch.split(x.to(self.score.weight.dtype), sizes.tolist())
            read, _ = self.within(pad_sequence(list(parts), batch_first=True))
            last = read[torch.arange(len(sizes), device=x.device), sizes.to(x.device) - 1]
            spread, _ = self.across(last[None])
        scores: Tensor = self.score(self.head(spread[0]).tanh()).sigmoid().squeeze(1)
        return scores
