"""The options of `frames-to-text`. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from vsumbench_milora.captioning.options import CaptionOptions, require


@dataclass(frozen=True)
class FramesToTextOptions(CaptionOptions):
    """Options of `frames-to-text[MODEL]`. All of them are inferred: no paper says how such text was made.
    How frames are described is in `CaptionOptions`.

    Attributes:
        frames_per_second: selected frames described a second of video, as near as the sampled steps allow.
        max_frames: most selected frames of a video that are described, evenly spread.
        share: share of the sampled steps that count as selected where the model gives scores, those with the
            highest (VideoXum's 0.15); a model that selects segments itself is taken at its word.
    """

    share: float = 0.15

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 < self.share < 1, f"share is {self.share}, expected a share in (0, 1)")
