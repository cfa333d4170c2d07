"""Summaries of videos, decoded and streamed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from vsumbench.contracts import Cost, Summary, Video
from vsumbench.contracts.context import Progress
from vsumbench.training.precision import autocast

from .backbone import Backbone
from .loading import Language
from .seeing import Sight

BATCH = 16
"""Videos written at once. Every batch has this size, the last one filled up with its last video: the same
kernels run for a video wherever it stands."""


def write_summaries(
    videos: Sequence[Video],
    sight: Sight,
    see: Callable[[Tensor], Tensor],
    backbone: Backbone,
    language: Language,
    *,
    dtype: str,
    progress: Progress,
    stage: str = "write",
) -> Iterator[Summary]:
    """One summary a video, in order.

    Args:
        videos: read one after the other, when their batch comes.
        sight: what `see` reads of them.
        see: (B, ...) → (B, Q, D) visual embeddings.
        backbone: whose language model writes, in evaluation mode.
        language: prompt, limit and tokenizer.
        dtype: the context's dtype.
        progress: told after each batch.
        stage: under this name.
    """
    codec = language.codec
    for start in range(0, len(videos), BATCH):
        begun = time.perf_counter()
        chosen = [videos[number] for number in range(start, min(start + BATCH, len(videos)))]
        seen = sight.batch(chosen)
        filled = torch.cat([seen, seen[-1:].expand(BATCH - len(chosen), *seen.shape[1:])])
        shown = [*chosen, *chosen[-1:] * (BATCH - len(chosen))]
        with torch.no_grad(), autocast(sight.device, dtype):
            written = backbone.generate(
                see(filled),
                language.prompts(shown),
                max_new_tokens=language.limit,
                end=codec.end,
                padding=codec.padding,
                stops=language.stops,
                seeds=language.seeds_of(shown),
            )
        seconds = (time.perf_counter() - begun) / len(chosen)
        progress.advance(stage, start + len(chosen), len(videos))
        for video, ids in zip(chosen, written, strict=False):
            cost = Cost(seconds=seconds, tokens=len(ids))
            yield Summary(video_id=video.id, text=codec.decode(ids), cost=cost)
