"""The network of MSVA (msva.md, "Architecture as trained"), and its names in the official code."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from vsumbench_keyshots.shared.layers import UnbiasedLayerNorm, dropped, xavier
from vsumbench_keyshots.vasnet.attention import SummedAttention

from .spec import MsvaOptions


class MsvaNetwork(nn.Module):
    """One attention for every stream, their sum, and a regressor.

    `unused_stream` and `unused_score` are norms that exist in the published code and its checkpoints, and
    nothing uses them: with them there are 4,895,046 parameters at width 1,024, without them 4,892,996.
    """

    def __init__(self, width: int, options: MsvaOptions) -> None:
        super().__init__()
        self.width, self.dropout = width, options.dropout
        self.attention = SummedAttention(width, options.dropout, options.aperture)
        self.norm_attended = UnbiasedLayerNorm(width)
        self.first = nn.Linear(width, options.hidden)
        self.second = nn.Linear(options.hidden, options.hidden)
        self.third = nn.Linear(options.hidden, options.hidden_last)
        self.norm_third = UnbiasedLayerNorm(options.hidden_last)
        self.score = nn.Linear(options.hidden_last, 1)
        self.unused_stream = UnbiasedLayerNorm(width)
        self.unused_score = UnbiasedLayerNorm(1)
        xavier(self)

    def forward(self, x: Tensor) -> Tensor:
        """(T, streams * width), streams side by side, to (T,) in (0, 1)."""
        # All streams go through a layer in one product, so that its weights get one gradient and not a sum.
        streams = x.reshape(len(x), -1, self.width).transpose(0, 1)
        y = dropped(self.attention(streams) + streams, self.dropout, self.training)
        y = self.norm_attended(y).sum(dim=0)
        # No activation between these three, as published.
        y = self.third(self.second(self.first(y)))
        y = self.norm_third(dropped(relu(y), self.dropout, self.training))
        scores: Tensor = self.score(y).sigmoid().squeeze(-1)
        return scores


OFFICIAL = {
    "attention.key.weight": ("att1_3.K.weight",),
    "attention.query.weight": ("att1_3.Q.weight",),
    "attention.value.weight": ("att1_3.V.weight",),
    "attention.output.weight": ("att1_3.output_linear.weight",),
    **{
        f"{mine}.{kind}": (f"{theirs}.{kind}",)
        for mine, theirs in (("first", "ka1_3"), ("second", "kb"), ("third", "kc"), ("score", "kd"))
        for kind in ("weight", "bias")
    },
    **{
        f"{mine}.{kind}": (f"{theirs}.{kind}",)
        for mine, theirs in (
            ("norm_attended", "layer_norm_y_1_3"),
            ("norm_third", "layer_norm_kc"),
            ("unused_stream", "layer_norm_y_4"),
            ("unused_score", "layer_norm_kd"),
        )
        for kind in ("gamma", "beta")
    },
}
"""Our name → the name in the official code."""
