"""Which frames a summary shows, and the text their captions make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsumbench.contracts import Summary, Video
from vsumbench.data.grids import scores_on, selection_on, selects_itself
from vsumbench.scoring.shots import top_share
from vsumbench_milora.captioning.captions import Caption, distinct, first_sentence
from vsumbench_milora.captioning.options import CaptionOptions
from vsumbench_milora.captioning.sampling import caption_steps

from .options import FramesToTextOptions


def shown_steps(summary: Summary, video: Video, options: FramesToTextOptions) -> tuple[int, ...]:
    """Indices of the sampled steps to describe: of those the summary selects, thinned as the options say.

    Scores select as VideoXum's top 15 percent do: ties at the threshold are in, a constant selects all.

    Raises:
        MismatchError: the summary shows nothing: no scores and no segments.
        PredictionError: its times do not fall on the video's frames.
    """
    if selects_itself(summary):
        selected = selection_on(summary, video, "picks")
    else:
        selected = top_share(scores_on(summary, video, "picks"), options.share)
    steps = np.flatnonzero(selected)
    chosen = caption_steps(video.pick_times[steps], options.frames_per_second, options.max_frames)
    return tuple(int(steps[place]) for place in chosen)


def joined(captions: Sequence[Caption], options: CaptionOptions) -> str:
    """The first sentence of each caption, near-duplicates left out, in order of time, each with a capital."""
    sentences = [Caption(one.time, first_sentence(one.text)) for one in captions if one.text]
    kept = distinct(sentences, options.duplicate_above)
    return " ".join(one.text[:1].upper() + one.text[1:] for one in kept)
