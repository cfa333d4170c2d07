"""SumGraph as a model of the harness."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vsumbench.contracts import Context, FitReport, Sample, Video
from vsumbench.training import loop
from vsumbench.training.drawing import drawn_from
from vsumbench.training.official import Keys, own_names
from vsumbench.training.precision import kept_in
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.key_frames import key_frames
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores

from .losses import alike, class_balanced
from .network import Refined, SumGraphNetwork
from .options import SumGraphOptions
from .spec import SUMGRAPH


class SumGraph(FrameScorer[SumGraphOptions]):
    """Cross-entropy to key frames, sparsity, diversity and reconstruction; one video a step, Adam."""

    spec = SUMGRAPH
    structure = ("width",)

    def network(self, width: int) -> nn.Module:
        """Everything but the map that reconstructs features, which is there in training alone."""
        options = self.options
        return SumGraphNetwork(width, options.width, options.rounds, options.residual)

    def target(self, sample: Sample) -> Scores:
        """(T,) key frames as 0 and 1; zeros, for nothing, without supervision."""
        if not self.options.supervised:
            return np.zeros(sample.video.steps)
        return key_frames(sample).astype(np.float64)

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,) probability of being a key frame."""
        refined: Refined = network(features)
        return refined.probability()

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """With a linear map from nodes to features beside the network, left behind at the end."""
        with drawn_from(self._seeds.child("init", "told")):
            told = nn.Linear(self.options.width, examples[0].features.shape[1])
        both = nn.ModuleDict({"network": network, "told": told.to(self._device, kept_in(self._dtype))})

        def loss(module: nn.Module, some: Sequence[Example]) -> loop.Loss:
            losses = [self._terms(network, told, example) for example in some]
            return loop.Loss(total=torch.stack(losses).sum(), items=len(losses))

        return loop.train(
            both, self.optimizer(both), examples, loss, self.recipe(len(examples)), context, validate=validate
        )

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

    def _terms(self, network: nn.Module, told: nn.Module, example: Example) -> Tensor:
        options = self.options
        refined: Refined = network(example.features)
        p = refined.probability()
        total = options.sparsity * (p.mean() - options.share).abs()
        total = total + options.diversity * alike(refined.nodes, p)
        total = total + options.reconstruction * mse_loss(told(refined.nodes), example.features)
        if options.supervised:
            total = total + class_balanced(refined.logits, example.target > 0)
        return total
