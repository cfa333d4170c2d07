"""The Video-LLaMA backbone as a captioner: one frame, shown as a video in which nothing moves.

Inferred: no paper does this. It makes captions possible where nothing but the tiny backbone is at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from vsumbench.training.precision import autocast
from vsumbench_milora.options import VideoLlamaOptions
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.config import INSTRUCTION, PIXEL_MEAN, PIXEL_STD
from vsumbench_milora.video_llama.counting import backbone_parameters, empty_backbone
from vsumbench_milora.video_llama.loading import (
    Language,
    backbone_config,
    backbone_identity,
    load,
    settled,
)
from vsumbench_milora.video_llama.weights import conversation_of

from .pixels import normalised, squared

SHOWN = 8
"""How often a frame is shown: as many frames as the backbone sees of a video."""


class VideoLlamaCaptioner:
    """What the frozen backbone writes of one frame. Weights are read when the first frame comes.

    Args:
        weights: id of the backbone.
        most: tokens of a caption.
        device, dtype: the context's.

    Raises:
        WeightsMissingError, UnavailableError, DataDamagedError, OptionValueError: as `video-llama`.
    """

    def __init__(self, weights: str, most: int, device: str, dtype: str) -> None:
        self._options = VideoLlamaOptions(
            backbone=weights,
            num_frames=SHOWN,
            prompt=INSTRUCTION,
            max_new_tokens=most,
            # That of the preset with these weights. A still has no seconds to tell.
            conversation=conversation_of(weights),
            tell_times=False,
        )
        self._config = backbone_config(self._options)
        self._device, self._dtype = device, dtype

    @cached_property
    def _loaded(self) -> tuple[Backbone, Language]:
        backbone, language = load(self._options, device=self._device, dtype=self._dtype)
        return settled(backbone, self._options, self._device, self._dtype), language

    @torch.no_grad()
    def describe(self, pixels: Sequence[NDArray[np.uint8]]) -> list[tuple[str, int]]:
        """For each (H, W, 3) RGB frame its caption and the number of tokens generated."""
        backbone, language = self._loaded
        frames = normalised(squared(pixels, self._config.vision.image), PIXEL_MEAN, PIXEL_STD)
        with autocast(self._device, self._dtype):
            kept = next(backbone.parameters()).dtype
            tokens = backbone.encode_frames(frames[:, None].to(self._device, kept))
            seen = backbone.read_frames(tokens)
            # Every frame goes through tower and image Q-Former once, and is repeated behind them.
            visual = backbone.to_language(backbone.mix_time(seen.expand(-1, SHOWN, -1, -1)))
            written = backbone.generate(
                visual,
                language.prompt,
                max_new_tokens=language.limit,
                end=language.codec.end,
                padding=language.codec.padding,
                stops=language.stops,
            )
        return [(language.codec.decode(ids), len(ids)) for ids in written]

    def identity(self) -> dict[str, str]:
        """Name and digest of the weights."""
        found = backbone_identity(self._options)
        return {"captioner": found["backbone"], "captioner_digest": found["backbone_digest"]}

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """The backbone's parts; nothing is trained."""
        counts = backbone_parameters(empty_backbone(self._config))
        return {f"captioner.{part}": (count, 0) for part, count in counts.items()}
