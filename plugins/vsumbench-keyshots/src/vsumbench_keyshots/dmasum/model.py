"""DMASum as a model of the harness."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vsumbench.contracts import Sample
from vsumbench.training.official import Keys, own_names
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore, min_max

from .meta import after_one_step, one_a_shot
from .network import DmaSumNetwork
from .options import DmaSumOptions
from .spec import DMASUM


class DmaSum(FrameScorer[DmaSumOptions]):
    """Squared error to gtscore stretched to [0, 1], after a step on a few frames; one video a step, Adam."""

    spec = DMASUM
    structure = ("attention_width", "components")

    def network(self, width: int) -> nn.Module:
        """Both attentions and the regressor."""
        return DmaSumNetwork(width, self.options)

    def target(self, sample: Sample) -> Scores:
        """(T,) in [0, 1]."""
        return min_max(gtscore(sample))

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """The mean squared error; with `meta`, over the steps that the inner step has not seen."""
        if not self.options.meta:
            return super().loss(network, example)
        target = example.target

        def error(scores: Tensor, chosen: Tensor) -> Tensor:
            return mse_loss(scores[chosen], target[chosen])

        support = one_a_shot(len(target), example.video).to(target.device)
        return after_one_step(network, error, support, self.options.inner_rate, example.features)

    def keys(self, network: nn.Module) -> Keys:
        """There is no official code."""
        return own_names(network)
