"""The cost of a training step, and the baselines it needs (dsn.md, "Training")."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from vsumbench_keyshots.shared.layers import exact

from .rewards import Likeness
from .spec import DsnOptions

KEPT = 0.9
"""Share of a video's baseline that stays from one epoch to the next."""


class Policy(nn.Module):
    """The network in training, with a baseline for every training video.

    Baselines are a buffer, so that checkpoints hold them and an interrupted training goes on as before.
    """

    baselines: Tensor

    def __init__(self, network: nn.Module, videos: int) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("baselines", torch.zeros(videos, dtype=torch.float64))

    def cost(self, features: Tensor, number: int, options: DsnOptions) -> tuple[Tensor, Tensor]:
        """Cost of features (T, width) of training video `number`, and the mean reward of its episodes.

        0.01 (mean p - 0.5)^2, less for each episode the mean log-probability of its actions times its reward
        above the baseline, which then moves towards the mean reward.
        """
        logits = exact(self.network(features))
        shares = logits.sigmoid()
        with torch.no_grad():
            likeness = Likeness.of(features, options.far)
            drawn = episodes(shares, options.episodes)
            rewards = torch.stack([likeness.reward(picked, options.reward) for picked in drawn])
            gains = (rewards - self.baselines[number]).to(logits.dtype)
            self.baselines[number] = KEPT * self.baselines[number] + (1 - KEPT) * rewards.mean()
        surprise = binary_cross_entropy_with_logits(
            logits.expand(len(drawn), -1), drawn.to(logits.dtype), reduction="none"
        ).mean(dim=1)
        cost = options.share * (shares.mean() - 0.5).square() + (surprise * gains).sum()
        return cost, rewards.mean()


def episodes(shares: Tensor, count: int) -> Tensor:
    """(count, T) booleans, each step picked with its probability (T,), by torch's generator."""
    return torch.bernoulli(shares.expand(count, -1)).bool()
