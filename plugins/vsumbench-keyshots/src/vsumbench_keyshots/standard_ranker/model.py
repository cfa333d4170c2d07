"""The standard ranker as a model of the harness."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from vsumbench.contracts import Context, FitReport, Sample
from vsumbench.training import loop
from vsumbench.training.official import Keys
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore

from .network import OFFICIAL, RankerNetwork
from .pairs import Pair, Pairs, drawn
from .spec import STANDARD_RANKER, StandardRankerOptions


class StandardRanker(FrameScorer[StandardRankerOptions]):
    """RankNet on single steps: of two, the one of higher gtscore is to score higher."""

    spec = STANDARD_RANKER

    def network(self, width: int) -> nn.Module:
        """An affine map."""
        return RankerNetwork(width)

    def target(self, sample: Sample) -> Scores:
        """(T,) as stored: only its order counts."""
        return gtscore(sample)

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Adam with a short memory of gradients."""
        options = self.options
        return torch.optim.Adam(
            network.parameters(), options.learning_rate, betas=(0.5, 0.999), weight_decay=options.weight_decay
        )

    def recipe(self, videos: int) -> Recipe:
        """Batches of pairs, shuffled across videos."""
        return Recipe(
            epochs=self.options.epochs,
            batch_size=self.options.batch_size,
            warmup=0.0,
            schedule="constant",
            clip_norm=None,
        )

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """Binary cross-entropy of sigmoid(s1 - s2)."""
        each = self.options.pairs
        told = [drawn(examples[number], each, context.seeds) for number in range(len(examples))]

        def loss(module: nn.Module, pairs: Sequence[Pair]) -> loop.Loss:
            rows = torch.cat([examples[number].features[told[number][0][pair]] for number, pair in pairs])
            labels = torch.stack([told[number][1][pair] for number, pair in pairs])
            first, second = module(rows).view(-1, 2).unbind(dim=1)
            total = binary_cross_entropy_with_logits(first - second, labels, reduction="sum")
            return loop.Loss(total=total, items=len(pairs))

        return loop.train(
            network,
            self.optimizer(network),
            Pairs(len(examples), each),
            loss,
            self.recipe(len(examples)),
            context,
            validate=validate,
        )

    def keys(self, network: nn.Module) -> Keys:
        """A convolution of 1 x 1 in the official code."""
        return OFFICIAL
