"""The network of DSN (dsn.md, "Architecture")."""

from __future__ import annotations

from torch import Tensor, nn

from vsumbench_keyshots.shared.layers import full_precision

from .spec import DsnOptions


class DsnNetwork(nn.Module):
    """A recurrent network in both directions and a linear map. Initialised as torch does."""

    def __init__(self, width: int, options: DsnOptions) -> None:
        super().__init__()
        kind = nn.LSTM if options.cell == "lstm" else nn.GRU
        self.recurrent = kind(width, options.hidden, bidirectional=True, batch_first=True)
        self.score = nn.Linear(2 * options.hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to the logits (T,) of the probabilities that a step is picked."""
        with full_precision(x.device):
            states, _ = self.recurrent(x.to(self.score.weight.dtype)[None])
            logits: Tensor = self.score(states[0]).squeeze(-1)
        return logits
