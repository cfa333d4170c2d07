"""H-RNN as a model of the harness."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vsumbench.contracts import Sample, Video
from vsumbench.training.official import Keys, own_names
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.key_frames import key_frames
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore, min_max

from .network import HRnnNetwork
from .options import HRnnOptions
from .spec import H_RNN
from .subshots import lengths, means


class HRnn(FrameScorer[HRnnOptions]):
    """Squared error of the confidence of each subshot, one video a step, Adam at a constant rate."""

    spec = H_RNN
    structure = ("hidden",)

    def network(self, width: int) -> nn.Module:
        """Both recurrent layers and the head."""
        return HRnnNetwork(width, self.options.hidden)

    def target(self, sample: Sample) -> Scores:
        """(T,) in [0, 1]."""
        if self.options.labels == "gtscore":
            return min_max(gtscore(sample))
        return key_frames(sample).astype(np.float64)

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,) the confidence of the subshot a step is in: equal within each."""
        sizes = lengths(len(features), video, self.options)
        found: Tensor = network(features, sizes)
        return found.repeat_interleave(sizes.to(found.device))

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """Squared error to the mean of the target within each subshot; every subshot counts the same."""
        sizes = lengths(len(example.features), example.video, self.options)
        return mse_loss(network(example.features, sizes), means(example.target, sizes))

    def recipe(self, videos: int) -> Recipe:
        """One video a step, clipped."""
        return Recipe(
            epochs=self.options.epochs,
            batch_size=1,
            warmup=0.0,
            schedule="constant",
            clip_norm=self.options.clip_norm,
        )

    def keys(self, network: nn.Module) -> Keys:
        """There is no official code."""
        return own_names(network)
