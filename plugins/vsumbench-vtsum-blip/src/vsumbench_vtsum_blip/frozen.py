"""Frozen-BLIP: the pipeline of VTSUM-BLIP with nothing trained (frozen-blip.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vsumbench.contracts import Context, Feature, FeatureSpec, Summary, Video
from vsumbench.data.learned import Learned, choose_feature, read_rows, refuse_other
from vsumbench.training.precision import autocast, kept_in

from .backbone import Backbone, check_lengths, load_backbone, sizes_of
from .examples import Batch
from .options import FrozenOptions
from .specs import FEATURE, FROZEN_BLIP
from .summaries import Writer, summarize
from .temporal.blocks import STD
from .temporal.network import Seen
from .text.decoder import new_decoder


class FrozenBlip:
    """Scores of an untrained head, or of likeness to the mean frame; the text of the decoder as it is."""

    def __init__(self, options: FrozenOptions, context: Context) -> None:
        self.options = options
        self._device, self._dtype = context.device, context.dtype
        self._built: tuple[Backbone, Any] | None = None

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One summary a video, with scores, their top 15 %, a text that may be empty, and links."""
        if not videos:
            return
        backbone, decoder = self._parts()
        weight = self._weight(backbone.sizes.width, context)
        first = self._feature(videos[0])
        projection = self._map(first.spec)

        def read(video: Video) -> Tensor:
            feature = self._feature(video)
            refuse_other(FROZEN_BLIP.id, Learned.of(first.spec), (feature,), video)
            return torch.from_numpy(read_rows(feature, video)).to(self._device, kept_in(self._dtype))

        def see(batch: Batch) -> Seen:
            with autocast(self._device, self._dtype):
                frames = batch.features if projection is None else projection(batch.features)
            # Outside autocast: in half precision different scores would become equal ones.
            frames = frames.to(batch.features.dtype)
            return Seen(frames, _scores(frames, batch.mask, weight), batch.mask)

        writer = Writer(decoder, backbone.codec, self.options)
        yield from summarize(videos, read, see, writer, context.progress)

    def save(self, folder: Path) -> None:
        """Nothing was learned, and nothing is written."""

    def load(self, folder: Path) -> None:
        """Nothing was written."""

    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """Part → (total, 0). The image tower, which gives features, is not counted."""
        sizes = sizes_of(self.options.backbone)
        with torch.device("meta"):
            decoder = new_decoder(sizes)
        counts = {"text decoder": (sum(p.numel() for p in decoder.parameters()), 0)}
        if sizes.feature:
            counts["projection of features"] = ((sizes.feature + 1) * sizes.width, 0)
        if self.options.scores == "random-head":
            counts["video head"] = (sizes.width, 0)
        return counts

    def _parts(self) -> tuple[Backbone, Any]:
        if self._built is None:
            backbone = load_backbone(self.options.backbone)
            check_lengths(backbone.sizes, self.options.max_length)
            decoder = new_decoder(backbone.sizes)
            decoder.load_state_dict(dict(backbone.decoder), strict=False)
            self._built = backbone, decoder.eval().to(self._device, kept_in(self._dtype))
        return self._built

    def _map(self, feature: FeatureSpec) -> nn.Linear | None:
        """What brings a feature to frame vectors: nothing, the backbone's map, or one that nobody trained.

        The last is for features that are neither; it is the same for every seed.
        """
        backbone, _ = self._parts()
        sizes, (width,) = backbone.sizes, feature.shape
        assert width is not None
        if width == sizes.width and not sizes.feature:
            return None
        made = nn.Linear(width, sizes.width, device="meta").to_empty(device="cpu")
        if feature.name == backbone.reads and width == sizes.feature:
            made.load_state_dict(dict(backbone.projection))
        else:
            generator = torch.Generator().manual_seed(0)
            nn.init.normal_(made.weight, std=width**-0.5, generator=generator)
            nn.init.zeros_(made.bias)
        return made.eval().requires_grad_(False).to(self._device, kept_in(self._dtype))

    def _weight(self, width: int, context: Context) -> Tensor | None:
        """(D,) of the head that nobody trained, or None where there is none."""
        if self.options.scores != "random-head":
            return None
        generator = torch.Generator().manual_seed(context.seeds.child("head").integer())
        weight = torch.empty(width).normal_(std=STD, generator=generator)
        return weight.to(self._device, kept_in(self._dtype))

    def _feature(self, video: Video) -> Feature:
        backbone, _ = self._parts()
        return choose_feature(FROZEN_BLIP.id, video, self.options.feature, backbone.reads or FEATURE)


def _scores(frames: Tensor, mask: Tensor, weight: Tensor | None) -> Tensor:
    """(B, T) of frames (B, T, D): by the head, or by likeness to the mean frame."""
    if weight is not None:
        return frames @ weight
    real = mask[..., None].to(frames.dtype)
    mean = (frames * real).sum(dim=1, keepdim=True) / real.sum(dim=1, keepdim=True)
    return functional.cosine_similarity(frames, mean, dim=-1)
