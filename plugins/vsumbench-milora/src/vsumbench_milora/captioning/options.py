"""What a model that describes frames may be told. Nothing heavy is imported here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CaptionOptions:
    """How frames are described.

    Attributes:
        captioner: what describes a frame: `blip`, a BLIP captioning model in the layout of transformers, or
            `video-llama`, the Video-LLaMA backbone given one frame as a video in which nothing moves.
        captioner_weights: its weights: the id of imported or made weights, a folder, or a name below
            VSUMBENCH_WEIGHTS or in the cache of the Hugging Face Hub. Nothing is fetched.
        captioner_sha256: the digest they must have. Weights by id are in the digest of a run already; a
            folder or another name needs this. Empty for any.
        frames_per_second: frames described a second of video, as near as the sampled steps allow.
        max_frames: most frames of a video that are described, evenly spread.
        caption_tokens: most tokens of a caption. Decoding is greedy.
        duplicate_above: a caption whose words overlap with an earlier one's by more than this (Jaccard index
            of the sets of words, in [0, 1]) is left out; 1 keeps all.
    """

    captioner: Literal["blip", "video-llama"] = "blip"
    captioner_weights: str = "blip-image-captioning-base"
    captioner_sha256: str = ""
    frames_per_second: float = 1.0
    max_frames: int = 32
    caption_tokens: int = 32
    duplicate_above: float = 0.8

    def __post_init__(self) -> None:
        for name in ("max_frames", "caption_tokens"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}, expected 1 or more")
        rate = self.frames_per_second
        require(rate > 0 and math.isfinite(rate), f"frames_per_second is {rate}, expected a number above 0")
        require(
            0 <= self.duplicate_above <= 1,
            f"duplicate_above is {self.duplicate_above}, expected a share in [0, 1]",
        )


def require(holds: bool, otherwise: str) -> None:
    """Refuse a value.

    Raises:
        ValueError: with these words.
    """
    if not holds:
        raise ValueError(otherwise)
