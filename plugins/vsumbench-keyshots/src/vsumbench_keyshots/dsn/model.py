"""DSN as a model of the harness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from vsumbench.contracts import Context, FitReport, Sample, Video
from vsumbench.training import loop
from vsumbench.training.drawing import drawn_from
from vsumbench.training.official import Keys
from vsumbench.training.recipe import Recipe
from vsumbench_keyshots.shared.examples import Example
from vsumbench_keyshots.shared.scorer import FrameScorer
from vsumbench_keyshots.shared.targets import Scores

from .network import DsnNetwork
from .policy import Policy, episodes
from .rewards import Likeness
from .spec import DSN, DsnOptions


class Dsn(FrameScorer[DsnOptions]):
    """REINFORCE: selections drawn from the network's probabilities, each judged by its reward."""

    spec = DSN
    structure = ("cell", "hidden")

    def network(self, width: int) -> nn.Module:
        """The network that gives logits."""
        return DsnNetwork(width, self.options)

    def target(self, sample: Sample) -> Scores:
        """(0,): nothing is learned of annotations."""
        return np.zeros(0)

    def scores(self, network: nn.Module, features: Tensor, video: Video) -> Tensor:
        """(T,) probabilities that a step is picked."""
        return super().scores(network, features, video).sigmoid()

    def recipe(self, videos: int) -> Recipe:
        """One video a step, gradients clipped."""
        return replace(super().recipe(videos), clip_norm=self.options.clip_norm)

    def train(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        context: Context,
        validate: Callable[[], float] | None,
    ) -> FitReport:
        """The published training; `facts` tell what selections of the trained network are worth.

        `reward` is the mean over training videos and drawn selections, `reward_of_chance` that of picking
        every step with probability one half.
        """
        policy = Policy(network, len(examples))

        def loss(module: nn.Module, numbers: Sequence[int]) -> loop.Loss:
            assert isinstance(module, Policy)
            costs, rewards = zip(
                *(module.cost(examples[number].features, number, self.options) for number in numbers),
                strict=True,
            )
            reward = torch.stack(rewards).mean()
            return loop.Loss(torch.stack(costs).sum(), items=len(numbers), parts={"reward": reward})

        report = loop.train(
            policy,
            self.optimizer(policy),
            range(len(examples)),
            loss,
            self.recipe(len(examples)),
            context,
            validate=validate,
        )
        return replace(report, facts={**report.facts, **self._worth(network, examples, context)})

    def keys(self, network: nn.Module) -> Keys:
        """One official tensor each."""
        renamed = {"recurrent": "rnn", "score": "fc"}
        return {
            name: (f"{renamed[name.partition('.')[0]]}.{name.partition('.')[2]}",)
            for name in network.state_dict()
        }

    def _worth(self, network: nn.Module, examples: Sequence[Example], context: Context) -> dict[str, float]:
        """Mean rewards of the network's selections and of chance, drawn from the run's seeds."""
        options = self.options
        sums = {"reward": 0.0, "reward_of_chance": 0.0}
        with torch.no_grad(), drawn_from(context.seeds.child("worth")):
            for example in (examples[number] for number in range(len(examples))):
                likeness = Likeness.of(example.features, options.far)
                learned = network(example.features).sigmoid().cpu()
                for name, share in (("reward", learned), ("reward_of_chance", torch.full_like(learned, 0.5))):
                    for picked in episodes(share, options.episodes).to(example.features.device):
                        sums[name] += float(likeness.reward(picked, options.reward))
        return {name: total / (len(examples) * options.episodes) for name, total in sums.items()}
