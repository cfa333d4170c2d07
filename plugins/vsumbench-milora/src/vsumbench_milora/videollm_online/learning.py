"""Loss, schedule and optimizer (`videollm-online.md`, "Loss, optimiser")."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from vsumbench.training.loop import Loss
from vsumbench.training.precision import autocast
from vsumbench.training.recipe import Recipe

from .conversations import Example, lesson
from .live.batches import Batch
from .live.network import Live
from .live.seeing import Seen, Sight
from .live.template import Encoded, Layout, encode
from .live.wording import Wording
from .options import OnlineOptions


def recipe_of(options: OnlineOptions) -> Recipe:
    """Linear warm-up, then half a cosine down to 0; clipping; early stopping."""
    return Recipe(
        epochs=options.epochs,
        batch_size=options.batch_size,
        warmup=options.warmup,
        schedule="cosine",
        clip_norm=options.clip_norm,
        accumulation=options.accumulation,
        patience=options.patience,
    )


def optimizer_of(model: nn.Module, options: OnlineOptions) -> torch.optim.Optimizer:
    """AdamW over adapter and connector."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(trained, lr=options.learning_rate, weight_decay=options.weight_decay)


class ConversationLoss:
    """The loss of conversations about some videos, summed over the tokens that have labels.

    The engine divides by the tokens of a whole step. The published code divides by those of each video and
    takes the mean over videos, so that there a word of a short answer weighs more.
    """

    def __init__(self, sight: Sight, wording: Wording, options: OnlineOptions) -> None:
        self._sight, self._wording, self._options = sight, wording, options
        self._layout = Layout.of(options.grid)

    def __call__(self, model: nn.Module, examples: Sequence[Example]) -> Loss:
        """Summed over labelled tokens."""
        live = Live(model, self._wording.placeholder)
        total, count = live.loss(self.batch(examples).to(live.device), self._options.stream_loss_weight)
        return Loss(total=total, items=count)

    @torch.no_grad()
    def mean(self, model: nn.Module, examples: Sequence[Example], dtype: str) -> float:
        """Mean over the labelled tokens of all examples, as the model is."""
        summed, tokens = 0.0, 0
        for example in examples:
            with autocast(Live(model, self._wording.placeholder).device, dtype):
                found = self(model, [example])
            summed, tokens = summed + float(found.total), tokens + found.items
        return summed / tokens

    def batch(self, examples: Sequence[Example]) -> Batch:
        """What is read and learned, on the CPU."""
        seen = [self._sight(example.video) for example in examples]
        encoded = [self._encoded(*pair) for pair in zip(examples, seen, strict=True)]
        return Batch.of(encoded, [one.tokens for one in seen], self._wording.padding)

    def _encoded(self, example: Example, seen: Seen) -> Encoded:
        turns = lesson(example, seen.times, self._options, self._wording)
        return encode(turns, self._options.system, self._layout, self._wording)
