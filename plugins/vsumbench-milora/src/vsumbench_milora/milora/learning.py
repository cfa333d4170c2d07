"""Examples, loss and optimizer of MiLoRA (eq. 5, 10, 12, 14, 16 and 17)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vsumbench.training.loop import Loss
from vsumbench.training.recipe import Recipe
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.loading import Language
from vsumbench_milora.video_llama.seeing import Sight
from vsumbench_milora.video_llama.teaching import Example, TextLoss

from .adapters import decayed
from .mixture import balance
from .targets import part_of


def recipe_of(options: MiloraOptions) -> Recipe:
    """Linear warm-up, then half a cosine down to eta_min (eq. 14; eq. 17 where that is 0); clipping at a
    norm; early stopping. The cosine is counted from the end of the warm-up: inferred.
    """
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
    (`milora-visum.md`, "Loss"). Gate, fusion, alignment and the linear layer of features, a group of its
    own, have no penalty.
    """
    weighted = penalised(model, options)
    of_features = [
        parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and part_of(name) == "feature_linear"
    ]
    weighted.append((of_features, 0.0))
    held = {id(parameter) for parameters, _ in weighted for parameter in parameters}
    free = [p for p in model.parameters() if p.requires_grad and id(p) not in held]
    groups = [{"params": parameters, "weight_decay": 2 * weight} for parameters, weight in weighted]
    groups.append({"params": free, "weight_decay": 0.0})
    return torch.optim.Adam(
        [group for group in groups if group["params"]], lr=options.learning_rate, betas=(0.9, 0.999), eps=1e-8
    )


def penalised(model: nn.Module, options: MiloraOptions) -> list[tuple[list[nn.Parameter], float]]:
    """Tensors whose squared norm is in the loss, with their weight: a list for each branch.

    Which tensors, and whose weight, is what eq. 5, 10 and 12, and 16 differ in (`MiloraOptions.penalty`).
    Experts of the language model stand in none of the sums of eq. 12 and have the weight of temporal ones:
    inferred.
    """
    one = options.penalty in ("eq5", "eq16")
    alpha = options.penalty in ("eq12+alpha", "eq16")
    found = []
    for branch, parameters in decayed(model).items():
        of_branch = options.lambda_s if branch == "spatial" else options.lambda_t
        # A and B are matrices, alpha is a vector.
        chosen = [parameter for parameter in parameters if alpha or parameter.ndim > 1]
        found.append((chosen, options.lambda_reg if one else of_branch))
    return found


@torch.no_grad()
def penalty(model: nn.Module, options: MiloraOptions) -> Tensor:
    """The regulariser the options name, for showing: its gradient is in the optimizer."""
    device = next(model.parameters()).device
    total = torch.zeros((), device=device)
    for parameters, weight in penalised(model, options):
        for parameter in parameters:
            total += weight * parameter.square().sum()
    return total


class CaptionLoss(TextLoss):
    """Cross-entropy of the texts of some examples, per token, with what the experts add to it."""

    def __init__(self, sight: Sight, language: Language, options: MiloraOptions) -> None:
        super().__init__(sight, language)
        self._options = options

    def __call__(self, model: nn.Module, examples: Sequence[Example]) -> Loss:
        """Summed over tokens; `penalty` is shown beside it.

        Where only some experts are kept (`top_k`), `balance_coef` times how unevenly they were used is added
        to the mean over tokens, and shown as `balance`.
        """
        plain = super().__call__(model, examples)
        total, parts = plain.total, {"penalty": penalty(model, self._options)}
        if self._options.top_k is not None:
            uneven = parts["balance"] = balance(model)
            total = total + self._options.balance_coef * plain.items * uneven
        return Loss(
            total=total, items=plain.items, parts={name: value.detach() for name, value in parts.items()}
        )
