"""What people said about a video. Only `fit` and scoring see it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from .video import TimedText, Video


@dataclass(frozen=True, kw_only=True)
class Annotations:
    """The annotations of one video. What an edition lacks is None or empty.

    Attributes:
        video_id: whose annotations these are.
        importance: (U, N) at `grid="frames"` or (U, T) at `grid="picks"`, in the coding of the source.
        grid: the time base of `importance` and `user_summaries`.
        coding: what a value of `importance` says: a `rating` of the frame, or the number of the selected
            `segment` it belongs to (SumMe), whose size means nothing.
        user_summaries: booleans of the same shape, what each annotator selected.
        texts: text references, one per annotator or per text.
        captions: per text reference, its sentences with their times in seconds.
        gtscore: (T,) the training target at the picks, as published; made from all annotators.
        gtsummary: (T,) the summary at the picks that is published with it.
    """

    video_id: str
    importance: NDArray[np.float64] | None = field(default=None, repr=False)
    grid: Literal["frames", "picks"] = "frames"
    coding: Literal["rating", "segment"] = "rating"
    user_summaries: NDArray[np.bool_] | None = field(default=None, repr=False)
    texts: tuple[str, ...] = ()
    captions: tuple[tuple[TimedText, ...], ...] = ()
    gtscore: NDArray[np.float64] | None = field(default=None, repr=False)
    gtsummary: NDArray[np.bool_] | None = field(default=None, repr=False)

    @property
    def annotators(self) -> int:
        """U, the number of annotators of importance or summaries (0 if there are neither)."""
        for rows in (self.importance, self.user_summaries):
            if rows is not None:
                return len(rows)
        return 0

    def without(self, annotator: int) -> Annotations:
        """The same annotations with one annotator left out: leave-one-out for human agreement.

        What was made from all annotators together is left out too.
        """
        import numpy as np

        importance, selected = self.importance, self.user_summaries
        # Texts may have more writers than the vectors have annotators.
        left_out = [annotator] if annotator < self.annotators else []
        return replace(
            self,
            importance=None if importance is None else np.delete(importance, left_out, axis=0),
            user_summaries=None if selected is None else np.delete(selected, left_out, axis=0),
            texts=self.texts[:annotator] + self.texts[annotator + 1 :],
            captions=self.captions[:annotator] + self.captions[annotator + 1 :],
            gtscore=None,
            gtsummary=None,
        )


@dataclass(frozen=True)
class Sample:
    """A video with its annotations, as `fit` receives it."""

    video: Video
    annotations: Annotations
