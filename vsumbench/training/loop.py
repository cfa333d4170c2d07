"""The training loop that trainable plugins share: `train`, called from a model's `fit`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast, broadcast_object_list
from torch import Tensor, nn

from vsumbench.contracts import Context, FitReport
from vsumbench.errors import MismatchError, RunFailedError

from .acceleration import accelerated, seed_torch
from .checkpoints import Checkpoints
from .course import Course
from .division import batches, micro_batches, steps_per_epoch
from .gradients import divide_and_clip, sum_over_processes
from .loss import Loss, check_loss
from .recipe import Recipe
from .schedule import rate
from .state import Learned, load_optimizer_state, optimizer_layout, optimizer_state

__all__ = ["Loss", "train"]

T = TypeVar("T")


def train(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    examples: Sequence[T],
    loss: Callable[[nn.Module, Sequence[T]], Loss],
    recipe: Recipe,
    context: Context,
    *,
    validate: Callable[[], float] | None = None,
    stage: str = "train",
) -> FitReport:
    """Train `module`, or go on where an interrupted call with the same arguments stopped.

    The gradient of a step is that of the sum of `total` over the whole step divided by the sum of `items`,
    however the step is divided into micro-batches and over processes. Each epoch has its own order; torch's
    generators are seeded before each micro-batch; both derive from `context.seeds`, so a resumed training
    ends with the weights of an uninterrupted one, to the last bit where the device's operations repeat to the
    last bit (the CPU does, with the same number of threads).

    At return the module is in eval mode and holds the weights of the epoch that `context.selection` selects.

    Args:
        module: moved to the device. What has `requires_grad` is trained, checkpointed and selected; the rest
            must be as it is whenever `fit` is called. `train()` is called on it before each epoch, so one
            that keeps a frozen part in eval mode overrides that.
        optimizer: built over trainable parameters of `module`. The rates of its groups are the peak rates.
        examples: read by index when their step comes.
        loss: the loss of some examples. It calls the module it is given, under autocast with dtype
            `bfloat16`.
        validate: score of the weights as they are, higher is better; called after each epoch in eval
            mode, without gradients and without autocast, by the first process alone.
        stage: name of the checkpoints' folder and of the progress shown. Trainings one after the other in
            one `fit` have different stages.

    Raises:
        MismatchError: the checkpoint there belongs to another training; the selection rule needs `validate`.
        RunFailedError: a loss, gradient or validation score that is not finite. The weights of the step
            before are kept, and so are earlier checkpoints.
        ValueError: no examples, nothing to train, or an optimizer or loss that cannot be used.
    """
    if not examples:
        raise ValueError("there are no examples to train on")
    course = Course.begin(context.selection, validates=validate is not None)
    peaks = [group["lr"] for group in optimizer.param_groups]
    with accelerated(context) as accelerator:
        module.to(accelerator.device)
        training = _Training(
            module, optimizer, examples, loss, recipe, context, validate, stage, accelerator, course, peaks
        )
        try:
            return training.run()
        finally:
            module.eval()
            module.zero_grad(set_to_none=True)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak


@dataclass
class _Training(Generic[T]):
    """One call of `train`."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    examples: Sequence[T]
    loss: Callable[[nn.Module, Sequence[T]], Loss]
    recipe: Recipe
    context: Context
    validate: Callable[[], float] | None
    stage: str
    accelerator: Accelerator
    course: Course
    peaks: list[float]

    def __post_init__(self) -> None:
        self.learned = Learned(self.module)
        names = {parameter: name for name, parameter in self.learned.parameters.items()}
        self.optimized = [p for group in self.optimizer.param_groups for p in group["params"]]
        self.seeds = self.context.seeds.child("training", self.stage)
        self.epoch_steps = steps_per_epoch(len(self.examples), self.recipe)
        self.steps = self.recipe.epochs * self.epoch_steps
        self.main = self.accelerator.is_main_process
        self.belongs = {
            "format": 1,
            "recipe": {k: v for k, v in asdict(self.recipe).items() if k != "checkpoint_every"},
            "examples": len(self.examples),
            "selection": self.context.selection.value,
            "validated": self.validate is not None,
            "dtype": self.context.dtype,
            "seed": [self.seeds.root, *self.seeds.path],
            "parameters": self.learned.layout(),
            "optimizer": optimizer_layout(self.optimizer, names),
        }
        if self.accelerator.num_processes > 1:
            self._refuse_batch_statistics()

    def run(self) -> FitReport:
        """Every epoch that is left."""
        checkpoints = Checkpoints.of_stage(self.context.folders.checkpoints, self.stage)
        # All processes read what the first one finds; it alone writes, and never before all have read.
        checkpoints, latest = self._from_main((checkpoints, checkpoints.latest()))
        if latest is not None:
            self._resume(checkpoints, latest)
        for parameter in self.learned.parameters.values():
            broadcast(parameter.data)
        while not self.course.finished(self.recipe):
            self._epoch(checkpoints)
        selected = self.course.selected_step
        assert selected is not None
        self.learned.load(checkpoints.weights(selected))
        return FitReport(
            epochs=self.course.epoch,
            selected_epoch=self.course.selector.epoch,
            history=tuple(self.course.history),
            facts={
                "steps": self.course.step,
                "batch_size": self.recipe.batch_size,
                "trainable_parameters": sum(p.numel() for p in self.learned.parameters.values()),
                "total_parameters": sum(p.numel() for p in self.module.parameters()),
            },
        )

    def _epoch(self, checkpoints: Checkpoints) -> None:
        number = self.course.epoch + 1
        self.module.train()
        order = batches(len(self.examples), number, self.recipe, self.seeds)
        first = self.course.step - self.course.epoch * self.epoch_steps
        for position, batch in enumerate(order[first:], first + 1):
            live = self._step(batch)
            ended = position == len(order)
            if ended:
                self._end_epoch(number, live["rate"])
            if self.main:
                if ended or self.course.step % self.recipe.checkpoint_every == 0:
                    self._write(checkpoints)
                self.context.progress.advance(self.stage, self.course.step, self.steps, **live)
        # Nobody goes on, to the next epoch or to the selected weights, before the checkpoint is there.
        self.accelerator.wait_for_everyone()

    def _step(self, batch: Sequence[int]) -> dict[str, float]:
        """One optimizer step; what to show of it."""
        step, device = self.course.step, self.accelerator.device
        share = rate(step, self.steps, self.recipe)
        for group, peak in zip(self.optimizer.param_groups, self.peaks, strict=True):
            group["lr"] = peak * share
        self.module.zero_grad(set_to_none=True)
        exact = torch.float32 if device.type == "mps" else torch.float64
        total = torch.zeros((), dtype=exact, device=device)
        items = own_items = 0
        parts: dict[str, Any] = {}
        for number, indices in micro_batches(
            batch,
            self.recipe,
            process=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
        ):
            seed_torch(self.seeds.child("step", step, number), device)
            with self.accelerator.autocast():
                found = self.loss(self.module, [self.examples[index] for index in indices])
            check_loss(found)
            if found.total.requires_grad:
                self.accelerator.backward(found.total)
            total += found.total.detach()
            own_items += found.items
            for name, value in found.parts.items():
                mean = value.detach() if isinstance(value, Tensor) else value
                parts[name] = parts.get(name, 0.0) + mean * found.items
        total, items = sum_over_processes(self.accelerator, self.optimized, total, own_items)
        norm = divide_and_clip(self.accelerator, self.optimized, max(items, 1), self.recipe.clip_norm)
        # The one time a step waits for the device.
        shown = [
            torch.as_tensor(value, dtype=exact, device=device) for value in (total, norm, *parts.values())
        ]
        total_value, norm_value, *means = torch.stack(shown).tolist()
        self._refuse_spoiled(total_value, norm_value)
        if items:
            self.optimizer.step()
        self.course.add(total_value, items)
        live = {name: value / max(own_items, 1) for name, value in zip(parts, means, strict=True)}
        return live | {"loss": total_value / max(items, 1), "rate": self.optimizer.param_groups[0]["lr"]}

    def _refuse_spoiled(self, total: float, norm: float) -> None:
        for what, value in (("loss", total), ("gradient", norm)):
            if not math.isfinite(value):
                raise RunFailedError(
                    f"{self.stage}: the {what} of step {self.course.step + 1} of {self.steps} is {value}; "
                    "training stopped before the weights took it.",
                    "Look at the learning rate and the loss. Earlier checkpoints are kept.",
                )

    def _end_epoch(self, number: int, last_rate: float) -> None:
        score = None
        if self.validate is not None:
            self.module.eval()
            if self.main:
                seed_torch(self.seeds.child("validate", number), self.accelerator.device)
                with torch.no_grad():
                    score = float(self.validate())
            score = self._from_main(score)
        self.course.end_epoch(last_rate, score)

    def _write(self, checkpoints: Checkpoints) -> None:
        tensors, plain = optimizer_state(self.optimizer)
        state = {"belongs": self.belongs, "course": self.course.state(), "optimizer": plain}
        checkpoints.write(
            self.course.step, state, self.learned.tensors(), tensors, best=self.course.selected_step
        )

    def _resume(self, checkpoints: Checkpoints, latest: int) -> None:
        checkpoints.refuse_foreign(latest, self.belongs)
        state = checkpoints.state(latest)
        self.course = Course.from_state(state["course"])
        self.learned.load(checkpoints.weights(latest))
        load_optimizer_state(self.optimizer, checkpoints.optimizer(latest), state["optimizer"])

    def _from_main(self, value: Any) -> Any:
        """What the first process has, in every process."""
        return broadcast_object_list([value], from_process=0)[0]

    def _refuse_batch_statistics(self) -> None:
        for name, part in self.module.named_modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm) and part.track_running_stats:
                raise MismatchError(
                    f"{name or 'the module'} is a {type(part).__name__}: it computes with the mean over a "
                    "batch, which differs from process to process.",
                    "Train it in one process, or use a norm over features.",
                )
