"""The networks of VidSummarize (vidsummarize.md, "Design" and "A public precedent")."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import dropout

from vsumbench_keyshots.shared.layers import sinusoids

from .options import VidSummarizeOptions
from .windows import averaged, window_starts, windows


class VidSummarizeNetwork(nn.Module):
    """A linear map, positions, a pre-norm encoder, one score a step. 13,135,873 parameters at width 1,024."""

    def __init__(self, width: int, options: VidSummarizeOptions) -> None:
        super().__init__()
        self.embed = nn.Linear(width, options.width)
        self.encoder = nn.ModuleList(
            _layer(options.width, options, first=True) for _ in range(options.layers)
        )
        self.norm = nn.LayerNorm(options.width)
        self.score = nn.Linear(options.width, 1)
        self.options = options

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T,) in (0, 1)."""
        starts = window_starts(len(x), self.options.window, self.options.overlap)
        h = _encoded(self.encoder, windows(self.embed(x), starts, self.options.window), self.options)
        return averaged(self.score(self.norm(h)).sigmoid().squeeze(-1), starts, len(x))


class SummarizerNetwork(nn.Module):
    """The public baseline: post-norm layers as wide as the features, and a head of two layers.

    One LayerNorm stands behind the encoder and in the head. `unused_template` exists in the published code,
    which copies its layers from it; nothing uses it. 45,164,545 parameters at width 1,024, with it.
    """

    def __init__(self, width: int, options: VidSummarizeOptions) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(_layer(width, options, first=False) for _ in range(options.layers))
        self.unused_template = _layer(width, options, first=False)
        self.norm = nn.LayerNorm(width)
        self.hidden = nn.Linear(width, width)
        self.score = nn.Linear(width, 1)
        self.options = options

    def forward(self, x: Tensor) -> Tensor:
        """(T, width) to (T,) in (0, 1)."""
        starts = window_starts(len(x), self.options.window, self.options.overlap)
        h = _encoded(self.encoder, windows(x, starts, self.options.window), self.options)
        h = self.hidden(self.norm(h)).relu()
        h = self.norm(dropout(h, self.options.head_dropout, self.training))
        return averaged(self.score(h).sigmoid().squeeze(-1), starts, len(x))


def _encoded(encoder: nn.ModuleList, h: Tensor, options: VidSummarizeOptions) -> Tensor:
    """(windows, length, width) through every layer. Each window is a sequence with positions from 0."""
    if options.positions:
        h = h + sinusoids(h.shape[1], h.shape[2]).to(h)
    for layer in encoder:
        h = layer(h)
    return h


def _layer(width: int, options: VidSummarizeOptions, *, first: bool) -> nn.TransformerEncoderLayer:
    """An encoder layer; the norms stand before attention and feed-forward, or behind each."""
    return nn.TransformerEncoderLayer(
        width,
        options.heads,
        options.feed_forward,
        options.dropout,
        activation="gelu" if first else "relu",
        batch_first=True,
        norm_first=first,
    )
