"""VASNet as a model of the harness."""

from __future__ import annotations

from torch import nn

from vsumbench.contracts import Sample
from vsumbench.training.official import Keys
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore, min_max

from .network import OFFICIAL, VasnetNetwork
from .spec import VASNET, VasnetOptions


class Vasnet(FrameScorer[VasnetOptions]):
    """Squared error to gtscore stretched to [0, 1], one video a step, Adam at a constant rate (vasnet.md)."""

    spec = VASNET
    unused = ("unused_b.", "unused_c.")

    def network(self, width: int) -> nn.Module:
        """Attention and regressor."""
        return VasnetNetwork(width, self.options)

    def target(self, sample: Sample) -> Scores:
        """(T,) in [0, 1]."""
        return min_max(gtscore(sample))

    def keys(self, network: nn.Module) -> Keys:
        """One official tensor each."""
        return OFFICIAL
