"""The network of PGL-SUM (pgl-sum.md, "Architecture"), and its names in the official code."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import relu

from vsumbench.training.official import Keys
from vsumbench_keyshots.shared.layers import dropped, xavier

from .attention import GlobalLocalAttention, HeadedAttention
from .spec import PglSumOptions


class PglSumNetwork(nn.Module):
    """Both attentions, residual, and a regressor of two layers. 9,443,329 parameters at width 1,024."""

    def __init__(self, width: int, options: PglSumOptions) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, width)
        self.score = nn.Linear(width, 1)
        xavier(self)
        self.attention = GlobalLocalAttention(width, options)
        self.norm_attended = nn.LayerNorm(width, eps=1e-6)
        self.norm_hidden = nn.LayerNorm(width, eps=1e-6)
        for norm in (self.norm_attended, self.norm_hidden):
            # Published: every bias, those of the norms included, starts at 0.1.
            nn.init.constant_(norm.bias, 0.1)
        self.dropout = options.dropout

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T,) in (0, 1)."""
        y = self.norm_attended(dropped(self.attention(x) + x, self.dropout, self.training))
        y = self.norm_hidden(dropped(relu(self.hidden(y)), self.dropout, self.training))
        scores: Tensor = self.score(y).sigmoid().squeeze(-1)
        return scores


def official_keys(network: PglSumNetwork) -> Keys:
    """Our name → official names. The official code has a matrix for each head."""
    keys: dict[str, tuple[str, ...]] = {
        f"{mine}.{kind}": (f"{theirs}.{kind}",)
        for mine, theirs in (
            ("hidden", "linear_1"),
            ("score", "linear_2"),
            ("norm_attended", "norm_y"),
            ("norm_hidden", "norm_linear"),
        )
        for kind in ("weight", "bias")
    }
    keys |= _attention_keys("attention.whole", "attention.attention", network.attention.whole)
    for number, part in enumerate(network.attention.parts):
        assert isinstance(part, HeadedAttention)
        keys |= _attention_keys(f"attention.parts.{number}", f"attention.local_attention.{number}", part)
    return keys


def _attention_keys(mine: str, theirs: str, attention: HeadedAttention) -> dict[str, tuple[str, ...]]:
    heads = range(attention.heads)
    return {
        f"{mine}.project.weight": tuple(
            f"{theirs}.{kind}.{head}.weight" for kind in ("Wq", "Wk", "Wv") for head in heads
        ),
        f"{mine}.output.weight": (f"{theirs}.out.weight",),
    }
