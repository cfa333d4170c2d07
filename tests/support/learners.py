"""A tiny real training for the tests of the training engine: words of different number, learned by a net."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vsumbench.contracts import Context, FitReport, Folders, Seeds, Selection
from vsumbench.contracts.context import Progress
from vsumbench.testing.interrupting import StepCounter
from vsumbench.training.loop import Loss, train
from vsumbench.training.recipe import Recipe

Example = tuple[torch.Tensor, torch.Tensor]


def examples(count: int = 10, *, dtype: torch.dtype = torch.float32) -> list[Example]:
    """Sequences of 1 to 7 items: inputs (items, 3) and targets (items,)."""
    generator = torch.Generator().manual_seed(7)
    made = []
    for number in range(count):
        inputs = torch.randn(1 + (number * 3) % 7, 3, generator=generator, dtype=dtype)
        made.append((inputs, inputs.sum(dim=1).sin()))
    return made


class Net(nn.Module):
    """Two layers, with a frozen one before them and, if asked for, dropout."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.frozen = nn.Linear(3, 3)
        self.first = nn.Linear(3, 5)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(5, 1)
        self.frozen.requires_grad_(False)
        generator = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Scores (items,) of inputs (items, 3)."""
        hidden: torch.Tensor = self.dropout(torch.tanh(self.first(self.frozen(inputs))))
        scores: torch.Tensor = self.last(hidden)
        return scores.squeeze(1)


def squared(module: nn.Module, batch: Sequence[Example]) -> Loss:
    """Squared errors, summed over the items of the batch."""
    inputs = torch.cat([example[0] for example in batch])
    targets = torch.cat([example[1] for example in batch])
    error = (module(inputs) - targets) ** 2
    return Loss(error.sum(), len(targets), {"worst": error.max()})


def fit_of_frozen_examples(module: nn.Module) -> float:
    """Minus the mean squared error on ten other sequences."""
    with torch.no_grad():
        found = squared(module, examples(20)[10:])
        return -float(found.total) / found.items


def adam(module: nn.Module, rate: float = 0.02) -> torch.optim.Optimizer:
    """Adam over what is trainable."""
    return torch.optim.Adam([p for p in module.parameters() if p.requires_grad], lr=rate)


@dataclass
class Lesson:
    """One training with everything it needs; `run` may be called again to resume it."""

    folder: Path
    recipe: Recipe
    dropout: float = 0.0
    dtype: str = "float32"
    selection: Selection = Selection.LAST_EPOCH
    progress: Progress = field(default_factory=StepCounter)
    validate: Callable[[nn.Module], float] | None = None
    loss: Callable[[nn.Module, Sequence[Example]], Loss] = squared
    optimizer: Callable[[nn.Module], torch.optim.Optimizer] = adam
    count: int = 10
    stage: str = "train"
    module: nn.Module = field(init=False)

    def run(self) -> FitReport:
        """Train a new net, or go on with the one that was interrupted."""
        self.module = module = Net(self.dropout)
        validate = self.validate
        return train(
            module,
            self.optimizer(module),
            examples(self.count),
            self.loss,
            self.recipe,
            context(self.folder, self.progress, dtype=self.dtype, selection=self.selection),
            validate=None if validate is None else lambda: validate(module),
            stage=self.stage,
        )

    def digest(self) -> str:
        """Of the weights."""
        return digest(self.module)


def context(
    folder: Path,
    progress: Progress,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    selection: Selection = Selection.LAST_EPOCH,
) -> Context:
    """The context of a fold whose folders are below `folder`."""

    def nothing(name: str) -> Any:
        raise KeyError(name)

    folders = Folders(folder / "checkpoints", folder / "scratch")
    for place in (folders.checkpoints, folders.scratch):
        place.mkdir(parents=True, exist_ok=True)
    return Context(
        device=device,
        dtype=dtype,
        seeds=Seeds(5).child("fold-1"),
        folders=folders,
        progress=progress,
        options=None,
        selection=selection,
        validate=None,
        annotations=None,
        model=nothing,
        metric=nothing,
        encoder=nothing,
    )


def digest(module: nn.Module) -> str:
    """Of every parameter and buffer, by name."""
    found = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        found.update(name.encode() + tensor.detach().cpu().numpy().tobytes())
    return found.hexdigest()
