"""Videos to summaries, batch by batch, whatever their order: scores, what they select, text and links."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vsumbench.contracts import Cost, Link, Summary, Video
from vsumbench.contracts.context import Progress
from vsumbench.scoring.shots import selected_runs, top_share

from .examples import Batch, Example, collate
from .options import WritingOptions
from .temporal.network import Seen
from .text.codec import Codec
from .text.decoder import looked_at, write
from .text.linking import links

BATCH = 8
"""Videos at once. Every batch has this size, the last one filled up with its last video, and a length that is
a multiple of `STEP`: the same kernels run for a video wherever it stands, so no order changes a summary."""
STEP = 32
WINDOW = 8 * BATCH
"""Videos that are looked at together to find others of their length."""


@dataclass(frozen=True)
class Told:
    """A text, the characters of each of its L tokens, and (L, T) the share each gave each step, or None."""

    text: str
    spans: list[tuple[int, int]]
    attention: NDArray[np.float64] | None


class Writer:
    """What writes of a batch of seen videos: a decoder, its tokenizer and its options."""

    def __init__(self, decoder: object, codec: Codec, options: WritingOptions) -> None:
        self._decoder, self._codec, self._options = decoder, codec, options

    def tell(self, seen: Seen) -> list[Told]:
        """The text of each video, and, where there are segments to link it to, what each token looked at."""
        rows = write(self._decoder, seen, self._codec, self._options)
        skipped = len(self._codec.prompt)
        attention = None
        if seen.logits is not None:
            attention = looked_at(self._decoder, seen, rows, self._codec.padding)[:, skipped:].double().cpu()
        told = []
        for number, row in enumerate(rows):
            text = self._codec.decode(row)
            own = None if attention is None else attention[number].numpy()
            told.append(Told(text, self._codec.spans(text, row[skipped:]), own))
        return told


def summarize(
    videos: Sequence[Video],
    read: Callable[[Video], Tensor],
    see: Callable[[Batch], Seen],
    writer: Writer | None,
    progress: Progress,
    stage: str = "summarize",
) -> Iterator[Summary]:
    """One summary a video, in order.

    Args:
        read: the features (T, F) of a video.
        see: scores a batch and gives what the decoder reads.
        writer: None to write no text.
        progress: told after each batch.
        stage: under this name.
    """
    done = 0
    for start in range(0, len(videos), WINDOW):
        window = [videos[number] for number in range(start, min(start + WINDOW, len(videos)))]
        found: dict[int, Summary] = {}
        for length, places in _by_length(window).items():
            for first in range(0, len(places), BATCH):
                chosen = places[first : first + BATCH]
                batch = [window[place] for place in chosen]
                found |= dict(zip(chosen, _of_batch(batch, length, read, see, writer), strict=True))
                done += len(chosen)
                progress.advance(stage, done, len(videos))
        yield from (found[place] for place in range(len(window)))


def _by_length(videos: Sequence[Video]) -> dict[int, list[int]]:
    """Padded length → places of the videos that have it."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, video in enumerate(videos):
        places[-(-video.steps // STEP) * STEP].append(place)
    return places


@torch.no_grad()
def _of_batch(
    videos: Sequence[Video],
    length: int,
    read: Callable[[Video], Tensor],
    see: Callable[[Batch], Seen],
    writer: Writer | None,
) -> list[Summary]:
    begun = time.perf_counter()
    examples = [Example(read(video), None, "") for video in videos]
    batch = collate([*examples, *[examples[-1]] * (BATCH - len(examples))], length)
    seen = see(batch)
    # Texts are written in the type of the weights: what comes out of autocast is not.
    seen = replace(seen, states=seen.states.to(batch.features.dtype))
    told = writer.tell(seen) if writer is not None else None
    logits = None if seen.logits is None else seen.logits.double().cpu().numpy()
    seconds = (time.perf_counter() - begun) / len(videos)
    summaries = []
    for row, video in enumerate(videos):
        importance = None if logits is None else logits[row, : video.steps]
        runs = [] if importance is None else selected_runs(top_share(importance)).tolist()
        segments = None if importance is None else segments_of(runs, video)
        own = told[row] if told is not None else None
        linked = tuple[Link, ...]()
        if own is not None and own.attention is not None:
            shares = own.attention[:, : video.steps]
            linked = links(own.spans, shares, [np.arange(*run) for run in runs])
        summaries.append(
            Summary(
                video_id=video.id,
                importance=importance,
                segments=segments,
                text=own.text if own is not None else None,
                links=linked,
                cost=Cost(seconds=seconds, tokens=len(own.spans) if own is not None else None),
            )
        )
    return summaries


def segments_of(runs: Sequence[Sequence[int]], video: Video) -> NDArray[np.float64]:
    """(K, 2) seconds of runs of steps: a step lasts until the next, the last one to the end of the video."""
    starts = video.pick_times
    # A duration may fall short of its last step; the step is shown for a frame then.
    ends = np.append(starts[1:], max(video.duration, float(starts[-1]) + 1.0 / video.fps))
    return np.asarray([(starts[first], ends[last - 1]) for first, last in runs]).reshape(-1, 2)
