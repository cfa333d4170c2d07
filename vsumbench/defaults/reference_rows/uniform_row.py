"""`uniform`: keyframes at equal distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vsumbench.contracts import Context, Summary, Video
from vsumbench.defaults.reference_rows.stateless import Stateless
from vsumbench.defaults.specs import BudgetOptions
from vsumbench.errors import OptionValueError


class UniformRow(Stateless):
    """Importance 1 at `share` of the steps, equally spaced, and 0 elsewhere."""

    def __init__(self, options: BudgetOptions, context: Context) -> None:
        if not 0 < options.share <= 1:
            raise OptionValueError(f"option share is {options.share:g}; it must lie in (0, 1].")
        self.share = options.share

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One summary a video."""
        for video in videos:
            count = max(1, round(self.share * video.steps))
            importance = np.zeros(video.steps)
            importance[((np.arange(count) + 0.5) * video.steps / count).astype(np.int64)] = 1.0
            yield Summary(video_id=video.id, importance=importance)
