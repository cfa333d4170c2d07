"""vsLSTM and dppLSTM as models of the harness."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from vsumbench.contracts import Context, FitReport, Sample, Selection, Video
from vsumbench.training import loop
from vsumbench.training.official import Keys
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.key_frames import key_frames
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores, gtscore

from .likelihood import surprise
from .network import DppLstmNetwork, Reading, official_keys
from .options import DppLstmOptions, VsLstmOptions
from .spec import DPPLSTM, VSLSTM

O = TypeVar("O", bound=VsLstmOptions)  # noqa: E741
REAL, BINARY = 0, 1
"""The rows of a target: importance as stored, key frames as 0 and 1."""


class RecurrentScorer(FrameScorer[O]):
    """Squared error to importance as stored; ten videos a step, Adam at a constant rate (dpplstm.md)."""

    def network(self, width: int) -> nn.Module:
        """Recurrent network, quality and, for dppLSTM, kernel."""
        return DppLstmNetwork(width, self.options.hidden, self.options.kernel_width)

    def target(self, sample: Sample) -> Scores:
        """(1, T) not normalised."""
        return gtscore(sample)[None]

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,) quality; with a kernel its diagonal, which is at least 0."""
        reading: Reading = network(features)
        return reading.importance()

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """The squared error of the quality, meaned over steps."""
        reading: Reading = network(example.features)
        return mse_loss(reading.quality, example.target[REAL])

    def recipe(self, videos: int) -> Recipe:
        """The gradient of a step is the mean over its videos."""
        options = self.options
        steps = math.ceil(videos / options.batch_size)
        return Recipe(
            epochs=math.ceil(options.updates / steps) if options.updates else options.epochs,
            batch_size=options.batch_size,
            accumulation=options.batch_size,
            warmup=0.0,
            schedule="constant",
            clip_norm=None,
        )

    def keys(self, network: nn.Module) -> Keys:
        """One official tensor each."""
        assert isinstance(network, DppLstmNetwork)
        return official_keys(network)


class VsLstm(RecurrentScorer[VsLstmOptions]):
    """`dpplstm@no-dpp` under a name of its own."""

    spec = VSLSTM
    structure = ("hidden",)


class DppLstm(RecurrentScorer[DppLstmOptions]):
    """Squared error to key frames, and their likelihood under the kernel."""

    spec = DPPLSTM
    structure = ("hidden", "rank", "dpp")

    def target(self, sample: Sample) -> Scores:
        """(2, T): importance as stored, then key frames; without the kernel the first alone."""
        real = super().target(sample)
        return np.concatenate([real, key_frames(sample)[None]]) if self.options.dpp else real

    def loss(self, network: nn.Module, example: Example) -> Tensor:
        """The squared error, meaned over steps, and the surprise at the key frames, which is not."""
        if not self.options.dpp:
            return super().loss(network, example)
        reading: Reading = network(example.features)
        label = example.target[BINARY]
        unlikely = surprise(reading.weighted(), label > 0, self.options.ridge)
        return mse_loss(reading.quality, label) + self.options.dpp_weight * unlikely

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """As every method; with a kernel it starts from a network that learned importance."""
        if self.options.dpp and self.options.warm_start:
            loop.train(
                network,
                self.optimizer(network),
                examples,
                self._importance,
                self.recipe(len(examples)),
                replace(context, selection=Selection.LAST_EPOCH),
                stage="importance",
            )
        return super().train(network, examples, context, validate)

    def _importance(self, network: nn.Module, examples: Sequence[Example]) -> loop.Loss:
        """The loss of vsLSTM. The kernel has no part in it and stays as it is."""
        losses = [super(DppLstm, self).loss(network, example) for example in examples]
        return loop.Loss(total=torch.stack(losses).sum(), items=len(losses))
