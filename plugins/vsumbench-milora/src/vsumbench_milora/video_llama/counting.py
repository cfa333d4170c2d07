"""How many parameters a backbone has, part by part, without allocating them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from .backbone import Backbone
from .config import BackboneConfig

BRANCH = ("frame positions", "video queries", "video Q-Former", "projection")
"""What Video-LLaMA itself trains: the denominator of the paper's trainable share."""
_PARTS = {
    "vision": "vision model",
    "image_queries": "image queries",
    "image_qformer": "image Q-Former",
    "frame_positions": "frame positions",
    "video_queries": "video queries",
    "video_qformer": "video Q-Former",
    "projection": "projection",
    "language": "language model",
}


def empty_backbone(config: BackboneConfig) -> Backbone:
    """A backbone on the meta device: sizes without memory."""
    with torch.device("meta"):
        return Backbone(config)


def backbone_parameters(backbone: nn.Module) -> dict[str, int]:
    """Part → parameters, adapters that were put into it left out."""
    counts = dict.fromkeys(_PARTS.values(), 0)
    for name, parameter in backbone.named_parameters():
        if ".lora_" not in name:
            counts[_PARTS[name.partition(".")[0]]] += parameter.numel()
    return counts


def branch_parameters(counts: Mapping[str, int]) -> int:
    """Size of what Video-LLaMA trains: 22,104,064 for the 7B model (`video-llama.md`)."""
    return sum(counts[part] for part in BRANCH)
