"""VidSummarize as a model of the harness."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vsumbench.contracts import Sample
from vsumbench.errors import OptionValueError
from vsumbench.training.official import Keys, own_names
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore, min_max

from .network import SummarizerNetwork, VidSummarizeNetwork
from .options import VidSummarizeOptions
from .spec import VIDSUMMARIZE

FLOOR = -100.0
"""Of the logarithm of a probability, as in torch's own cross-entropy."""


class VidSummarize(FrameScorer[VidSummarizeOptions]):
    """Squared error to gtscore stretched to [0, 1], one video a step, AdamW with warm-up and cosine."""

    spec = VIDSUMMARIZE
    structure = ("layout", "width", "layers", "heads", "feed_forward")
    unused = ("unused_template.",)

    def network(self, width: int) -> nn.Module:
        """The encoder that `layout` names.

        Raises:
            OptionValueError: its width does not divide into heads.
        """
        options = self.options
        inner = options.width if options.layout == "plain" else width
        if inner % options.heads or inner % 2:
            raise OptionValueError(
                f"an encoder of width {inner} does not divide into {options.heads} heads, or into sines and "
                "cosines.",
                "Give other heads or another width, or a projection with layout=summarizer.",
            )
        return (
            VidSummarizeNetwork(width, options)
            if options.layout == "plain"
            else SummarizerNetwork(width, options)
        )

    def target(self, sample: Sample) -> Scores:
        """(T,) in [0, 1]."""
        return min_max(gtscore(sample))

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """Squared error or binary cross-entropy, meaned over steps."""
        scores = self.scores(network, example.features, example.video)
        if self.options.loss == "mse":
            return mse_loss(scores, example.target)
        # torch's own one refuses probabilities under autocast.
        p, label = scores.to(example.target.dtype), example.target
        told: Tensor = label * p.log().clamp(min=FLOOR) + (1 - label) * (1 - p).log().clamp(min=FLOOR)
        return -told.mean()

    def recipe(self, videos: int) -> Recipe:
        """5 % warm-up, then a cosine down to the least rate."""
        options = self.options
        return Recipe(
            epochs=options.epochs,
            batch_size=1,
            warmup=0.05,
            schedule="cosine",
            minimum=min(1.0, options.minimum_rate / options.learning_rate),
            clip_norm=options.clip_norm,
        )

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """AdamW."""
        return torch.optim.AdamW(
            network.parameters(), lr=self.options.learning_rate, weight_decay=self.options.weight_decay
        )

    def keys(self, network: nn.Module) -> Keys:
        """There is no official code."""
        return own_names(network)
