"""How large the networks are. Plain numbers, without a heavy import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of a BLIP backbone and of what stands on it.

    Attributes:
        width: D, of frame vectors and of the decoder.
        heads: attention heads of every layer.
        mlp: width of feed-forward parts.
        layers: of the text decoder.
        vocabulary: tokens, `[DEC]` and `[ENC]` included.
        positions: tokens the decoder has positions for, and seconds the position table has rows for.
        feature: width of the feature that the backbone's own frozen map brings to D; 0 where it has none, as
            BLIP, whose image tower gives D.
    """

    width: int = 768
    heads: int = 12
    mlp: int = 3072
    layers: int = 12
    vocabulary: int = 30_524
    positions: int = 512
    feature: int = 0


BLIP_BASE = Sizes()
"""BLIP with ViT-B/16 and BERT-base (vtsum-blip.md, "Architecture")."""
TINY = Sizes(width=64, heads=4, mlp=128, layers=2, vocabulary=320, positions=128, feature=20)
"""Of the tiny preset. The vocabulary is that of the planted world, rounded up."""
