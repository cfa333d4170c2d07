"""Examples, loss and optimizer of MiLoRA (eq. 10, 12, 14 and 17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vsumbench.contracts import Sample, Video
from vsumbench.errors import MismatchError
from vsumbench.training.loop import Loss
from vsumbench.training.precision import autocast
from vsumbench.training.recipe import Recipe
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.loading import Language
from vsumbench_milora.video_llama.seeing import Sight

from .adapters import decayed


@dataclass(frozen=True)
class Example:
    """A video and the text to learn."""

    video: Video
    text: str


def examples_of(samples: Sequence[Sample]) -> list[Example]:
    """Each video with its first text reference.

    Raises:
        MismatchError: a video has none.
    """
    examples = []
    for sample in samples:
        if not sample.annotations.texts:
            raise MismatchError(
                f"video {sample.video.id!r} has no text to learn from.", "Use a dataset with text references."
            )
        examples.append(Example(sample.video, sample.annotations.texts[0]))
    return examples


def recipe_of(options: MiloraOptions) -> Recipe:
    """Linear warm-up, then half a cosine down to eta_min; clipping; early stopping."""
    return Recipe(
        epochs=options.epochs,
        batch_size=options.batch_size,
        warmup=options.warmup,
        schedule="cosine",
        minimum=options.eta_min / options.learning_rate,
        clip_norm=options.clip_norm,
        accumulation=options.accumulation,
        patience=options.patience,
    )


def optimizer_of(model: nn.Module, options: MiloraOptions) -> torch.optim.Optimizer:
    """Adam whose weight decay on the experts is the penalty of the loss.

    The gradient of lambda * |M|^2 is 2 * lambda * M, which is what Adam's coupled weight decay adds
    (`milora-visum.md`, "Loss"). Gate and fusion have no penalty.
    """
    branches = decayed(model)
    penalised = {id(parameter) for branch in branches.values() for parameter in branch}
    free = [p for p in model.parameters() if p.requires_grad and id(p) not in penalised]
    groups = [
        {"params": branches["temporal"], "weight_decay": 2 * options.lambda_t},
        {"params": branches["spatial"], "weight_decay": 2 * options.lambda_s},
        {"params": free, "weight_decay": 0.0},
    ]
    return torch.optim.Adam(
        [group for group in groups if group["params"]], lr=options.learning_rate, betas=(0.9, 0.999), eps=1e-8
    )


@torch.no_grad()
def penalty(model: nn.Module, options: MiloraOptions) -> Tensor:
    """The regulariser of eq. 12 with the alpha term, for showing: its gradient is in the optimizer."""
    device = next(model.parameters()).device
    total = torch.zeros((), device=device)
    for branch, weight in (("temporal", options.lambda_t), ("spatial", options.lambda_s)):
        for parameter in decayed(model)[branch]:
            total += weight * parameter.square().sum()
    return total


class CaptionLoss:
    """Cross-entropy of the texts of some examples, per token."""

    def __init__(self, sight: Sight, language: Language, options: MiloraOptions) -> None:
        self._sight, self._language, self._options = sight, language, options

    def __call__(self, model: nn.Module, examples: Sequence[Example]) -> Loss:
        """Summed over tokens; `penalty` is shown beside it."""
        total, count = self._total(model, examples)
        return Loss(total=total, items=count, parts={"penalty": penalty(model, self._options)})

    @torch.no_grad()
    def mean(self, model: nn.Module, examples: Sequence[Example], dtype: str) -> float:
        """Mean over the tokens of all examples, as the model is."""
        size, summed, tokens = self._options.batch_size, 0.0, 0
        for start in range(0, len(examples), size):
            with autocast(self._sight.device, dtype):
                total, count = self._total(model, examples[start : start + size])
            summed, tokens = summed + float(total), tokens + count
        return summed / tokens

    def _total(self, model: nn.Module, examples: Sequence[Example]) -> tuple[Tensor, int]:
        seen = self._sight.batch([example.video for example in examples])
        text = self._language.batch([example.text for example in examples], self._sight.device)
        total, count = model(seen, self._language.prompt, text)
        return total, int(count)
