"""MSVA as a model of the harness."""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from vsumbench.contracts import Feature, Sample, Video
from vsumbench.training.official import Keys
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.features import choose
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore, min_max

from .network import OFFICIAL, MsvaNetwork
from .spec import MOTION, MSVA, MsvaOptions


class Msva(FrameScorer[MsvaOptions]):
    """Squared error to gtscore stretched to [0, 1], one video a step, stopped early (msva.md)."""

    spec = MSVA
    structure = ("streams", "hidden", "hidden_last", "aperture")
    unused = ("unused_stream.", "unused_score.")

    def network(self, width: int) -> nn.Module:
        """The attention of all streams, and the regressor."""
        return MsvaNetwork(width, self.options)

    def target(self, sample: Sample) -> Scores:
        """(T,) in [0, 1]."""
        return min_max(gtscore(sample))

    def features(self, video: Video) -> tuple[Feature, ...]:
        """Objects, RGB, flow: those of the option `streams`."""
        streams, width = self.options.streams, self.options.input_dim
        objects = super().features(video) if streams != "motion" else ()
        motion = (
            () if streams == "objects" else tuple(choose(self.spec.id, video, name, width) for name in MOTION)
        )
        return (*objects, *motion)

    def recipe(self, videos: int) -> Recipe:
        """As VASNet, and stopped when the score no longer improves."""
        return replace(super().recipe(videos), patience=self.options.patience)

    def keys(self, network: nn.Module) -> Keys:
        """One official tensor each."""
        return OFFICIAL
