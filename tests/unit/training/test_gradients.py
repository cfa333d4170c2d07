"""The gradient of a step is that of the sum over all its items divided by their number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from learners import Example, Lesson, Net, examples, squared
from torch import nn

from vsumbench.training.loop import Loss
from vsumbench.training.recipe import Recipe


def sgd(module: nn.Module) -> torch.optim.Optimizer:
    """Plain descent at rate 1, so that one step subtracts the gradient."""
    return torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=1.0)


def one_step(
    folder: Path, *, accumulation: int = 1, clip_norm: float | None = None
) -> dict[str, torch.Tensor]:
    """What one step over all ten examples took away from each trainable parameter."""
    recipe = Recipe(
        epochs=1, batch_size=10, accumulation=accumulation, clip_norm=clip_norm, schedule="constant", warmup=0
    )
    lesson = Lesson(folder, recipe, optimizer=sgd)
    lesson.run()
    return {
        name: before.detach() - after.detach()
        for (name, before), after in zip(Net().named_parameters(), lesson.module.parameters(), strict=True)
        if before.requires_grad
    }


def gradient_by_hand() -> dict[str, torch.Tensor]:
    """Of the mean squared error over all items of all examples at once."""
    net = Net()
    found = squared(net, examples())
    (found.total / found.items).backward()
    return {name: p.grad for name, p in net.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("accumulation", [1, 4, 10, 16])
def test_a_step_takes_the_gradient_of_the_mean_over_items(tmp_path: Path, accumulation: int) -> None:
    lengths = [len(example[0]) for example in examples()]
    assert len(set(lengths)) > 3, "micro-batches have to differ in their number of items"
    found, expected = one_step(tmp_path, accumulation=accumulation), gradient_by_hand()
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-5, atol=1e-6)


def test_a_gradient_that_is_too_long_is_clipped_as_a_whole(tmp_path: Path) -> None:
    expected = gradient_by_hand()
    length = torch.cat([gradient.flatten() for gradient in expected.values()]).norm().item()
    assert length > 0.01
    found = one_step(tmp_path, accumulation=3, clip_norm=0.01)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name] * (0.01 / length), rtol=1e-3, atol=1e-6)


def test_frozen_parameters_stay_as_they_are_and_are_not_stored(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    lesson = Lesson(tmp_path, Recipe(epochs=1, batch_size=4))
    lesson.run()
    for name, parameter in Net().frozen.named_parameters():
        torch.testing.assert_close(lesson.module.get_parameter(f"frozen.{name}"), parameter, rtol=0, atol=0)
    (stored,) = tmp_path.rglob("weights.safetensors")
    assert sorted(load_file(stored)) == ["first.bias", "first.weight", "last.bias", "last.weight"]


def test_micro_batches_of_the_same_numbers_drop_the_same(tmp_path: Path) -> None:
    """Dropout is seeded by step and micro-batch, not by what was drawn before."""
    seen: list[list[float]] = []

    def watched(module: nn.Module, batch: list[Example]) -> Loss:
        seen.append(torch.rand(2).tolist())
        return squared(module, batch)

    for folder in ("one", "two"):
        torch.rand(1 if folder == "one" else 5)
        Lesson(tmp_path / folder, Recipe(epochs=2, batch_size=5, accumulation=2), loss=watched).run()
    assert len(seen) == 16 and len({tuple(drawn) for drawn in seen}) == 8
    assert seen[:8] == seen[8:]


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (lambda module, batch: squared(module, batch).total, "returned a Tensor, expected a Loss"),
        (lambda module, batch: Loss(torch.ones(2, requires_grad=True), 2), "scalar total"),
        (lambda module, batch: Loss(torch.ones(()), 1), "does not depend on what is trained"),
        (lambda module, batch: Loss(squared(module, batch).total, -1), "items >= 0"),
    ],
)
def test_a_loss_that_cannot_be_learned_from_is_refused(
    tmp_path: Path, loss: Callable[[nn.Module, list[Example]], Loss], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        Lesson(tmp_path, Recipe(epochs=1, batch_size=4), loss=loss).run()


def test_a_step_without_items_changes_nothing(tmp_path: Path) -> None:
    def empty(module: nn.Module, batch: list[Example]) -> Loss:
        return Loss(0.0 * squared(module, batch).total, 0)

    lesson = Lesson(tmp_path, Recipe(epochs=1, batch_size=5), loss=empty)
    report = lesson.run()
    assert report.history[0]["loss"] == 0.0
    for trained, new in zip(lesson.module.parameters(), Net().parameters(), strict=True):
        assert torch.equal(trained, new)


def test_an_optimizer_of_something_else_is_refused(tmp_path: Path) -> None:
    def stranger(module: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)

    with pytest.raises(ValueError, match="not a trainable parameter of the module"):
        Lesson(tmp_path, Recipe(epochs=1, batch_size=4), optimizer=stranger).run()
