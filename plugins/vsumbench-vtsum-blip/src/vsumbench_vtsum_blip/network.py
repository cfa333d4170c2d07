"""The whole network: frame vectors, temporal modules, video head, text decoder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .options import Structure, VtsumOptions
from .sizes import Sizes
from .temporal.network import Seen, TemporalNetwork
from .text.decoder import TIED, new_decoder

LEFT_OUT = tuple(f"decoder.{name}" for name in TIED)
"""Tensors of the network that are others by a second name."""
OFFICIAL_LEFT_OUT = (
    "text_decoder.bert.embeddings.position_ids",
    *(f"text_decoder.{name}" for name in TIED),
)
"""Names in official checkpoints that hold nothing of their own."""
_SAME = {
    "decoder.cls.predictions.decoder.weight": "decoder.bert.embeddings.word_embeddings.weight",
    "decoder.cls.predictions.decoder.bias": "decoder.cls.predictions.bias",
}
_OFFICIAL = (
    ("temporal.positions.", "position_embeddings."),
    ("temporal.tt.", "tt."),
    ("temporal.local.0.", "local_atten_head."),
    ("temporal.head.", "vsum_head.0."),
    ("decoder.", "text_decoder."),
)


class VtsumNetwork(nn.Module):
    """Attributes:
    projection: a map in front, where features are not as wide as frame vectors.
    temporal: positions, TT, CA, LA and the video head.
    decoder: BLIP's, or None.
    """

    def __init__(
        self, sizes: Sizes, structure: Structure, *, projection: nn.Linear | None, label_smoothing: float
    ) -> None:
        super().__init__()
        self.projection = projection
        self.temporal = TemporalNetwork(sizes, structure)
        self.decoder: Any = new_decoder(sizes, label_smoothing) if structure.writes else None

    def forward(self, features: Tensor, mask: Tensor) -> Seen:
        """(B, T, F) features and their mask (B, T)."""
        frames = features if self.projection is None else self.projection(features)
        seen: Seen = self.temporal(frames, mask)
        return seen


def init_positions(network: VtsumNetwork, options: VtsumOptions, decoder: Mapping[str, Tensor]) -> None:
    """Fill the position table as the option says."""
    table = network.temporal.positions
    if table is None:
        return
    with torch.no_grad():
        if options.init_positions == "text-decoder":
            table.weight.copy_(decoder["bert.embeddings.position_embeddings.weight"])
        else:
            table.weight.normal_(std=1.0 if options.init_positions == "n01" else 0.02)


def parts_of(network: VtsumNetwork) -> dict[str, tuple[int, int]]:
    """Part → parameters (total, trainable), shared ones once."""
    counts: Counter[str] = Counter()
    trained: Counter[str] = Counter()
    for name, parameter in network.named_parameters():
        names = name.split(".")
        part = _PARTS.get(names[1] if names[0] == "temporal" else names[0], names[0])
        if names[:2] == ["temporal", "local"]:
            part = f"local attention {int(names[2]) + 1}"
        counts[part] += parameter.numel()
        trained[part] += parameter.numel() if parameter.requires_grad else 0
    return {part: (count, trained[part]) for part, count in counts.items()}


_PARTS = {
    "projection": "projection of features",
    "memory": "memory bank",
    "positions": "positions",
    "tt": "temporal transformer",
    "head": "video head",
    "decoder": "text decoder",
}


def official_keys(network: VtsumNetwork) -> dict[str, tuple[str]]:
    """Our name of each tensor → its name in checkpoints of the official code."""
    keys = {}
    for name in network.state_dict():
        for ours, theirs in _OFFICIAL:
            if name.startswith(ours):
                keys[name] = (theirs + _SAME.get(name, name).removeprefix(ours),)
    return keys
