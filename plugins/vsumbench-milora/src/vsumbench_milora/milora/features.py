"""Features of frames that are read in place of pixels (`MiloraOptions.visual_input`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Video
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench_milora.options import MiloraOptions

_WIDTHS = {"resnet50": 2048}


@dataclass(frozen=True)
class FrameFeature:
    """One vector a step of a video, in place of its frame.

    Source: `milora-visum.md`, "Inputs and outputs": the literal reading, ResNet-50 before its last layer.

    Attributes:
        name: of the feature, and of the extractor that writes it.
        width: of a vector.
        extractor: who wrote the one that was learned from; None where nobody says.
    """

    name: str
    width: int
    extractor: str | None = None

    def rows(self, video: Video, steps: Sequence[int]) -> NDArray[np.float32]:
        """(T, width), one row for each of `steps`.

        Raises:
            MismatchError: the video does not have the feature, or of another width or extractor.
            DataDamagedError: it has not a row for each step of the video.
        """
        feature = video.features.get(self.name)
        if feature is None:
            raise MismatchError(
                f"visual_input={self.name} reads the feature {self.name!r}, which video {video.id!r} does "
                "not have.",
                f"Extract it from the frames: --features {self.name}[FILE], FILE as `vsumbench info "
                f"{self.name}` says; or use visual_input=pixels.",
            )
        own = feature.spec.extractor
        if None not in (own, self.extractor) and own != self.extractor:
            raise MismatchError(
                f"feature {self.name!r} of video {video.id!r} is of {own!r}; the model learned from that of "
                f"{self.extractor!r}.",
                "Extract it with the weights of the training.",
            )
        rows = feature.read()
        if rows.shape[1:] != (self.width,):
            raise MismatchError(
                f"feature {self.name!r} of video {video.id!r} has {rows.shape[1:]} a step; "
                f"visual_input={self.name} reads ({self.width},).",
                f"Extract it with {self.name}[FILE], which gives that.",
            )
        if len(rows) != video.steps:
            raise DataDamagedError(
                f"feature {self.name!r} of video {video.id!r} has {len(rows)} rows; the video has "
                f"{video.steps} steps.",
                "Extract it anew.",
            )
        return rows[list(steps)]


def feature_of(options: MiloraOptions, extractor: str | None = None) -> FrameFeature | None:
    """What the options read in place of pixels; None where they read pixels."""
    name = options.visual_input
    return None if name == "pixels" else FrameFeature(name, _WIDTHS[name], extractor)
