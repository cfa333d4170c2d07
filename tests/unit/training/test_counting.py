"""What a training reports of itself: its batch, and every tensor counted once."""

from __future__ import annotations

from pathlib import Path

import torch
from learners import Example, Lesson, adam, context, examples, squared
from torch import nn

from vsumbench.testing.interrupting import StepCounter
from vsumbench.training.loop import train
from vsumbench.training.recipe import Recipe


class Tied(nn.Module):
    """One layer of 12 numbers used twice, a frozen one of the same size, and a head of 4."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.again = self.first
        self.frozen = nn.Linear(3, 3).requires_grad_(False)
        self.last = nn.Linear(3, 1)
        self.last_again = nn.Linear(3, 1, bias=False)
        self.last_again.weight = self.last.weight

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Scores (items,) of inputs (items, 3)."""
        hidden = torch.tanh(self.again(torch.tanh(self.first(self.frozen(inputs)))))
        scores: torch.Tensor = self.last(hidden) + self.last_again(hidden)
        return scores.squeeze(1)


def test_a_shared_tensor_is_counted_once(tmp_path: Path) -> None:
    module = Tied()
    found: list[Example] = examples()
    recipe = Recipe(epochs=1, batch_size=5)
    report = train(module, adam(module), found, squared, recipe, context(tmp_path, StepCounter()))
    assert report.facts["trainable_parameters"] == 12 + 4
    assert report.facts["total_parameters"] == 12 + 12 + 4


def test_a_training_reports_its_batch_and_its_epochs(tmp_path: Path) -> None:
    report = Lesson(tmp_path, Recipe(epochs=2, batch_size=4)).run()
    assert (report.facts["batch_size"], report.epochs) == (4, 2)
