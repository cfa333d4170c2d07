"""Which epoch's weights a training ends with, and when it ends."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from learners import Example, Lesson, digest, squared
from torch import nn

from vsumbench.contracts import Selection
from vsumbench.errors import MismatchError, RunFailedError
from vsumbench.testing.interrupting import StepCounter, Stopped
from vsumbench.training.loop import Loss
from vsumbench.training.recipe import Recipe

RECIPE = Recipe(epochs=4, batch_size=5)


class Scored:
    """Gives each epoch the next score, and remembers the weights it saw and how it was called."""

    def __init__(self, *scores: float) -> None:
        self.scores = iter(scores)
        self.digests: list[str] = []
        self.modes: set[tuple[bool, bool]] = set()

    def __call__(self, module: nn.Module) -> float:
        self.digests.append(digest(module))
        self.modes.add((module.training, torch.is_grad_enabled()))
        return next(self.scores)


@pytest.mark.parametrize(
    ("rule", "epoch"),
    [
        (Selection.INNER_VAL, 2),
        (Selection.VALIDATION, 2),
        (Selection.BEST_TEST_EPOCH, 2),
        (Selection.LAST_EPOCH, 4),
    ],
)
def test_the_weights_of_the_selected_epoch_are_there_at_the_end(
    tmp_path: Path, rule: Selection, epoch: int
) -> None:
    scored = Scored(0.1, 0.4, 0.4, 0.2)
    lesson = Lesson(tmp_path, RECIPE, selection=rule, validate=scored)
    report = lesson.run()
    assert (report.epochs, report.selected_epoch) == (4, epoch)
    assert len(set(scored.digests)) == 4
    assert lesson.digest() == scored.digests[epoch - 1]
    assert [entry["score"] for entry in report.history] == [0.1, 0.4, 0.4, 0.2]
    assert scored.modes == {(False, False)}
    assert not lesson.module.training and torch.is_grad_enabled()


def test_train_loss_selects_the_epoch_of_the_lowest_loss(tmp_path: Path) -> None:
    calls = 0

    def harder_at_the_end(module: nn.Module, batch: list[Example]) -> Loss:
        nonlocal calls
        calls += 1
        found = squared(module, batch)
        return Loss(found.total * (1.0 if calls <= 4 else 10.0), found.items)

    lesson = Lesson(tmp_path, RECIPE, selection=Selection.TRAIN_LOSS, loss=harder_at_the_end)
    report = lesson.run()
    losses = [entry["loss"] for entry in report.history]
    assert losses[1] == min(losses) and report.selected_epoch == 2
    assert "score" not in report.history[0]


def test_the_loss_of_an_epoch_is_the_mean_over_its_items(tmp_path: Path) -> None:
    def constant(module: nn.Module, batch: list[Example]) -> Loss:
        items = sum(len(example[0]) for example in batch)
        return Loss(0.0 * squared(module, batch).total + sum(len(e[0]) ** 2 for e in batch), items)

    report = Lesson(tmp_path, Recipe(epochs=1, batch_size=4), loss=constant).run()
    lengths = [1 + (number * 3) % 7 for number in range(10)]
    assert report.history[0]["loss"] == pytest.approx(sum(n * n for n in lengths) / sum(lengths))


def test_each_epoch_has_its_own_loss(tmp_path: Path) -> None:
    calls = 0

    def counted(module: nn.Module, batch: list[Example]) -> Loss:
        nonlocal calls
        calls += 1
        return Loss(0.0 * squared(module, batch).total + calls, 1)

    report = Lesson(tmp_path, RECIPE, loss=counted).run()
    assert [entry["loss"] for entry in report.history] == [1.5, 3.5, 5.5, 7.5]


def test_what_a_validation_draws_depends_on_nothing_that_was_drawn_before(tmp_path: Path) -> None:
    def drawn(module: nn.Module) -> float:
        return float(torch.rand(()))

    scores = []
    for dropout in (0.0, 0.5):
        with pytest.raises(Stopped):
            folder = tmp_path / str(dropout)
            Lesson(folder, RECIPE, dropout, validate=drawn, progress=StepCounter(stop_at=3)).run()
        report = Lesson(folder, RECIPE, dropout, validate=drawn).run()
        scores.append([entry["score"] for entry in report.history])
    assert scores[0] == scores[1] and len(set(scores[0])) == 4


def test_a_rule_that_looks_needs_a_validation(tmp_path: Path) -> None:
    with pytest.raises(MismatchError, match="'inner-val' looks at validation samples"):
        Lesson(tmp_path, RECIPE, selection=Selection.INNER_VAL).run()


def test_training_stops_after_so_many_epochs_without_gain(tmp_path: Path) -> None:
    recipe = Recipe(epochs=9, batch_size=5, patience=2)
    scored = Scored(0.1, 0.3, 0.3, 0.2, 0.9)
    lesson = Lesson(tmp_path, recipe, selection=Selection.INNER_VAL, validate=scored)
    report = lesson.run()
    assert (report.epochs, report.selected_epoch, report.facts["steps"]) == (4, 2, 8)
    assert lesson.digest() == scored.digests[1]


def test_patience_is_remembered_over_an_interruption(tmp_path: Path) -> None:
    recipe = Recipe(epochs=9, batch_size=5, patience=2)
    with pytest.raises(Stopped):
        Lesson(tmp_path, recipe, validate=Scored(0.5, 0.1), progress=StepCounter(stop_at=5)).run()
    report = Lesson(tmp_path, recipe, validate=Scored(0.4)).run()
    assert report.epochs == 3


def test_without_a_validation_there_is_nothing_to_lose_patience_over(tmp_path: Path) -> None:
    recipe = Recipe(epochs=3, batch_size=5, patience=1)
    assert Lesson(tmp_path, recipe).run().epochs == 3


def test_a_score_that_is_no_number_stops_training(tmp_path: Path) -> None:
    with pytest.raises(RunFailedError, match="validation score of epoch 1 is nan"):
        Lesson(tmp_path, RECIPE, validate=Scored(math.nan)).run()


def broken_at(step: int, *, what: str) -> Any:
    """A loss that is not finite, or whose gradient is not, from a call on."""
    calls = 0

    def loss(module: nn.Module, batch: list[Example]) -> Loss:
        nonlocal calls
        calls += 1
        found = squared(module, batch)
        if calls < step:
            return found
        if what == "loss":
            return Loss(found.total * math.nan, found.items)
        # The square root of 0 has a value, and an infinite slope.
        return Loss(found.total + (0.0 * found.total.detach() + 0.0 * found.total).sqrt(), found.items)

    return loss


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_a_loss_that_is_not_finite_stops_before_the_weights_are_spoiled(tmp_path: Path, what: str) -> None:
    recipe = Recipe(epochs=4, batch_size=5, checkpoint_every=1)
    lesson = Lesson(tmp_path, recipe, loss=broken_at(4, what=what))
    with pytest.raises(RunFailedError, match=rf"train: the {what} of step 4 of 8 is (nan|inf)"):
        lesson.run()
    assert all(bool(p.isfinite().all()) for p in lesson.module.parameters())
    mended = Lesson(tmp_path, recipe, progress=StepCounter())
    whole = Lesson(tmp_path / "whole", recipe)
    mended.run()
    whole.run()
    assert isinstance(mended.progress, StepCounter) and mended.progress.steps == 5
    assert mended.digest() == whole.digest()


def test_what_is_shown_live(tmp_path: Path) -> None:
    shown: list[tuple[str, int, int, dict[str, float]]] = []

    class Shown:
        def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
            shown.append((stage, done, total, numbers))

    report = Lesson(tmp_path, Recipe(epochs=2, batch_size=5, accumulation=2), progress=Shown()).run()
    assert [entry[:3] for entry in shown] == [("train", step, 4) for step in range(1, 5)]
    assert all(set(entry[3]) == {"worst", "loss", "rate"} for entry in shown)
    assert all(entry[3]["worst"] > entry[3]["loss"] > 0.0 for entry in shown)
    assert shown[-1][3]["rate"] == report.history[-1]["rate"]
