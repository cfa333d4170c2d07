"""A training stopped anywhere ends, when called again, as one that was never stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from learners import Lesson, Net, adam, context, digest, examples, fit_of_frozen_examples, squared
from safetensors.torch import load_file
from torch import nn

from vsumbench.contracts import FitReport, Selection
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.testing.interrupting import StepCounter, Stopped
from vsumbench.training.loop import train
from vsumbench.training.recipe import Recipe

RECIPE = Recipe(epochs=3, batch_size=3, accumulation=2, checkpoint_every=3)
STEPS = 12


@pytest.fixture(scope="module")
def make() -> Callable[..., Lesson]:
    """A lesson with dropout and a validation, in a folder."""

    def lesson(folder: Path, recipe: Recipe = RECIPE, **settings: object) -> Lesson:
        return Lesson(
            folder,
            recipe,
            dropout=0.3,
            selection=Selection.INNER_VAL,
            validate=fit_of_frozen_examples,
            **settings,  # type: ignore[arg-type]
        )

    return lesson


@pytest.fixture(scope="module")
def whole(make: Callable[..., Lesson], tmp_path_factory: pytest.TempPathFactory) -> tuple[FitReport, str]:
    """The uninterrupted training: its report and the digest of its weights."""
    lesson = make(tmp_path_factory.mktemp("whole"))
    return lesson.run(), lesson.digest()


@pytest.mark.parametrize("stop", range(1, STEPS + 1))
def test_interrupted_at_any_step_it_ends_the_same(
    make: Callable[..., Lesson], whole: tuple[FitReport, str], tmp_path: Path, stop: int
) -> None:
    with pytest.raises(Stopped):
        make(tmp_path, progress=StepCounter(stop_at=stop)).run()
    counter = StepCounter()
    again = make(tmp_path, progress=counter)
    assert (again.run(), again.digest()) == whole
    if stop >= 3:
        assert counter.steps < STEPS, "it started anew"


def test_interrupted_again_and_again_it_ends_the_same(
    make: Callable[..., Lesson], whole: tuple[FitReport, str], tmp_path: Path
) -> None:
    for _ in range(3):
        with pytest.raises(Stopped):
            make(tmp_path, progress=StepCounter(stop_at=4)).run()
    again = make(tmp_path)
    assert (again.run(), again.digest()) == whole


def test_how_often_checkpoints_are_written_changes_nothing(
    make: Callable[..., Lesson], whole: tuple[FitReport, str], tmp_path: Path
) -> None:
    other = replace(RECIPE, checkpoint_every=1)
    with pytest.raises(Stopped):
        make(tmp_path, progress=StepCounter(stop_at=5)).run()
    again = make(tmp_path, other)
    assert (again.run(), again.digest()) == whole


def test_a_finished_training_is_not_done_again(
    make: Callable[..., Lesson], whole: tuple[FitReport, str], tmp_path: Path
) -> None:
    make(tmp_path).run()
    counter = StepCounter()
    again = make(tmp_path, progress=counter)
    assert (again.run(), again.digest()) == whole
    assert counter.steps == 0


def test_only_the_latest_and_the_best_checkpoint_are_kept(
    make: Callable[..., Lesson], tmp_path: Path
) -> None:
    scores = iter([0.5, 0.1, 0.2])
    lesson = make(tmp_path)
    lesson.validate = lambda module: next(scores)
    assert lesson.run().selected_epoch == 1
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    folder = "checkpoints/train"
    assert kept == {
        *(
            f"{folder}/00000012/{name}"
            for name in ("state.json", "weights.safetensors", "optimizer.safetensors")
        ),
        *(f"{folder}/00000004/{name}" for name in ("state.json", "weights.safetensors")),
    }


@pytest.mark.parametrize(
    ("recipe", "settings", "said"),
    [
        (replace(RECIPE, epochs=4), {}, "recipe.epochs is 3 there and 4 here"),
        (replace(RECIPE, minimum=0.1), {}, "recipe.minimum is 0.0 there and 0.1 here"),
        (RECIPE, {"count": 9}, "examples is 10 there and 9 here"),
        (RECIPE, {"dtype": "bfloat16"}, "dtype is 'float32' there and 'bfloat16' here"),
        (RECIPE, {"optimizer": lambda module: adam(module, 0.5)}, "optimizer.groups is"),
        (RECIPE, {"selection": Selection.LAST_EPOCH}, "selection is 'inner-val' there and 'last-epoch' here"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused_and_kept(
    make: Callable[..., Lesson], tmp_path: Path, recipe: Recipe, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(Stopped):
        make(tmp_path, progress=StepCounter(stop_at=7)).run()
    before = sorted(tmp_path.rglob("*"))
    other = make(tmp_path, recipe)
    for name, value in settings.items():
        setattr(other, name, value)
    with pytest.raises(MismatchError) as raised:
        other.run()
    assert "belongs to another training" in str(raised.value) and said in str(raised.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_checkpoint_of_another_layout_is_refused(make: Callable[..., Lesson], tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        make(tmp_path, progress=StepCounter(stop_at=7)).run()
    net = Net()
    net.last.bias.requires_grad_(False)
    with pytest.raises(MismatchError, match=r"last\.bias"):
        train(
            net,
            adam(net),
            examples(),
            squared,
            RECIPE,
            context(tmp_path, StepCounter(), selection=Selection.INNER_VAL),
            validate=lambda: 0.0,
        )


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "state.json"])
def test_a_damaged_checkpoint_says_which_file(make: Callable[..., Lesson], tmp_path: Path, name: str) -> None:
    with pytest.raises(Stopped):
        make(tmp_path, progress=StepCounter(stop_at=4)).run()
    (path,) = tmp_path.rglob(name)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DataDamagedError, match=name):
        make(tmp_path).run()


def test_stages_have_their_own_checkpoints_and_seeds(tmp_path: Path) -> None:
    recipe = Recipe(epochs=1, batch_size=4)
    first = Lesson(tmp_path, recipe, stage="adapters")
    second = Lesson(tmp_path, recipe, stage="everything: 2")
    first.run()
    second.run()
    assert first.digest() != second.digest()
    assert len([*(tmp_path / "checkpoints").iterdir()]) == 2


class Counting(nn.Module):
    """A net whose persistent buffer changes with every call in training, like a running mean."""

    seen: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.net = Net()
        self.norm = nn.BatchNorm1d(3)
        self.register_buffer("seen", torch.zeros(3))
        self.register_buffer("constant", torch.arange(4.0))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.seen = 0.9 * self.seen + inputs.detach().mean(dim=0)
        scores: torch.Tensor = self.net(self.norm(inputs) + self.seen)
        return scores


def test_buffers_that_training_changes_come_back_too(tmp_path: Path) -> None:
    recipe = Recipe(epochs=3, batch_size=5, checkpoint_every=1)

    def run(folder: Path, stop: int | None) -> nn.Module:
        module = Counting()
        train(module, adam(module), examples(), squared, recipe, context(folder, StepCounter(stop)))
        return module

    with pytest.raises(Stopped):
        run(tmp_path / "parts", 3)
    stored = load_file(tmp_path / "parts/checkpoints/train/00000003/weights.safetensors")
    changed = {"seen", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"}
    assert changed < stored.keys() and "constant" not in stored
    assert digest(run(tmp_path / "parts", None)) == digest(run(tmp_path / "whole", None))


@pytest.mark.parametrize(
    "make_optimizer",
    [
        lambda parameters: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
        lambda parameters: torch.optim.AdamW(parameters, lr=0.02, amsgrad=True),
        lambda parameters: torch.optim.Adagrad(parameters, lr=0.05),
    ],
)
def test_the_state_of_other_optimizers_comes_back_too(
    tmp_path: Path, make_optimizer: Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer]
) -> None:
    def lesson(folder: str, stop: int | None = None) -> Lesson:
        return Lesson(
            tmp_path / folder,
            RECIPE,
            progress=StepCounter(stop),
            optimizer=lambda module: make_optimizer(p for p in module.parameters() if p.requires_grad),
        )

    with pytest.raises(Stopped):
        lesson("parts", 7).run()
    parts, whole = lesson("parts"), lesson("whole")
    assert parts.run() == whole.run()
    assert parts.digest() == whole.digest()
