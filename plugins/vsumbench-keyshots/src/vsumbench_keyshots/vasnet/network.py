"""The network of VASNet (vasnet.md, "Architecture")."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from vsumbench_keyshots.shared.layers import UnbiasedLayerNorm, dropped, xavier

from .attention import SummedAttention
from .spec import VasnetOptions


class VasnetNetwork(nn.Module):
    """Attention, residual, and a regressor of two layers.

    `unused_b` and `unused_c` exist in the published code and its checkpoints, and nothing uses them: with
    them there are 7,348,225 parameters at width 1,024, without them 5,249,025.
    """

    def __init__(self, width: int, options: VasnetOptions) -> None:
        super().__init__()
        self.attention = SummedAttention(width, options.dropout, options.aperture, options.ignore_itself)
        self.norm_attended = UnbiasedLayerNorm(width)
        self.hidden = nn.Linear(width, width)
        self.norm_hidden = UnbiasedLayerNorm(width)
        self.score = nn.Linear(width, 1)
        self.unused_b = nn.Linear(width, width)
        self.unused_c = nn.Linear(width, width)
        self.dropout = options.dropout
        xavier(self)

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T,) in (0, 1)."""
        y = self.norm_attended(dropped(self.attention(x) + x, self.dropout, self.training))
        y = self.norm_hidden(dropped(relu(self.hidden(y)), self.dropout, self.training))
        scores: Tensor = self.score(y).sigmoid().squeeze(-1)
        return scores


OFFICIAL = {
    "attention.key.weight": ("att.K.weight",),
    "attention.query.weight": ("att.Q.weight",),
    "attention.value.weight": ("att.V.weight",),
    "attention.output.weight": ("att.output_linear.weight",),
    "norm_attended.gamma": ("layer_norm_y.gamma",),
    "norm_attended.beta": ("layer_norm_y.beta",),
    "hidden.weight": ("ka.weight",),
    "hidden.bias": ("ka.bias",),
    "norm_hidden.gamma": ("layer_norm_ka.gamma",),
    "norm_hidden.beta": ("layer_norm_ka.beta",),
    "score.weight": ("kd.weight",),
    "score.bias": ("kd.bias",),
    "unused_b.weight": ("kb.weight",),
    "unused_b.bias": ("kb.bias",),
    "unused_c.weight": ("kc.weight",),
    "unused_c.bias": ("kc.bias",),
}
"""Our name → the name in the official code."""
