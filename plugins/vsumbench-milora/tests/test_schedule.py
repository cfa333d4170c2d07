"""The learning rates a training really takes: eq. 14 and 17 with a tenth of warm-up, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from milora_support import Bench, options_of, samples
from torch import nn
from vsumbench_milora.milora.learning import optimizer_of, recipe_of
from vsumbench_milora.milora.model import Milora

from vsumbench.contracts import Selection
from vsumbench.training import loop
from vsumbench.training.loop import Loss
from vsumbench.training.schedule import rate

PEAK, MINIMUM, STEPS = 1e-3, 2e-4, 40
BY_HAND = {
    # Warm-up over 4 of the 40 steps, linear, the last one at the peak.
    0: (0.00025, 0.00025),
    1: (0.0005, 0.0005),
    2: (0.00075, 0.00075),
    3: (0.001, 0.001),
    # Then t counts from 0 to 36; (1 + cos(pi t / 36)) / 2 at multiples of a twelfth of a half turn.
    4: (0.001, 0.001),  # t = 0: 1
    10: (0.0009330127, 0.00094641016),  # t = 6: (1 + sqrt(3) / 2) / 2
    13: (0.00085355339, 0.00088284271),  # t = 9: (1 + sqrt(2) / 2) / 2
    16: (0.00075, 0.0008),  # t = 12: 3/4
    22: (0.0005, 0.0006),  # t = 18: 1/2
    28: (0.00025, 0.0004),  # t = 24: 1/4
    31: (0.00014644661, 0.00031715729),  # t = 27: (1 - sqrt(2) / 2) / 2
    34: (0.0000669873, 0.00025358984),  # t = 30: (1 - sqrt(3) / 2) / 2
}
"""Step, counted from 0 → the rate by eq. 17, and by eq. 14 with eta_min 2e-4."""


class Rates:
    """Progress that keeps the rate of each training step."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        if stage == "train":
            self.taken.append(numbers["rate"])


@pytest.mark.parametrize(("column", "minimum"), [(0, 0.0), (1, MINIMUM)], ids=["eq17", "eq14"])
def test_the_rates_of_a_training_are_those_worked_out_by_hand(
    tmp_path: Path, column: int, minimum: float
) -> None:
    options = options_of(batch_size=1, epochs=4, learning_rate=PEAK, eta_min=minimum)
    network, rates = nn.Linear(1, 1), Rates()
    optimizer = optimizer_of(network, options)

    def loss(module: nn.Module, examples: Sequence[float]) -> Loss:
        return Loss(total=module(torch.tensor([examples])).sum(), items=1)

    context = Bench(tmp_path, options).context(progress=rates)
    report = loop.train(network, optimizer, [0.0] * 10, loss, recipe_of(options), context)
    assert report.facts["steps"] == STEPS == len(rates.taken)
    assert len(BY_HAND) == 12
    for step, values in BY_HAND.items():
        assert rates.taken[step] == pytest.approx(values[column], rel=1e-6), step


def test_at_the_end_the_rate_would_be_eta_min() -> None:
    recipe = recipe_of(options_of(learning_rate=PEAK, eta_min=MINIMUM))
    assert PEAK * rate(STEPS, STEPS, recipe) == pytest.approx(MINIMUM)
    assert PEAK * rate(STEPS, STEPS, recipe_of(options_of(learning_rate=PEAK))) == pytest.approx(0.0)


def test_early_stopping_waits_for_the_monitor_it_was_given(weights: Path, tmp_path: Path) -> None:
    # The score of summaries stays as it is, while the loss on what is learned falls with each epoch.
    small = {"num_frames": 2, "max_new_tokens": 8, "epochs": 6, "patience": 2, "learning_rate": 1e-3}
    epochs = {}
    for monitor in ("rougeL", "val_loss"):
        options = options_of(**small, monitor=monitor)
        bench = Bench(tmp_path / monitor, options)
        context = bench.context(selection=Selection.VALIDATION, validate=lambda summaries: 0.25)
        epochs[monitor] = Milora(options, bench.context()).fit(samples(2), samples(2), context).epochs
    assert epochs == {"rougeL": 3, "val_loss": 6}
