"""The joint loss: lambda_v times that of frame scores, plus lambda_t times that of the text."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def saliency_loss(
    logits: Tensor,
    selections: Tensor,
    mask: Tensor,
    *,
    kind: Literal["cross-entropy", "l2"] = "cross-entropy",
    reduction: Literal["padded-mean", "masked-mean"] = "padded-mean",
) -> Tensor:
    """How far the scores of frames are from every annotator's selection.

    The logits are repeated for the annotators in the release. Cross-entropy is linear in its target, so with
    their mean it is the same number, and the squared error differs from it by the annotators' variance alone;
    that is added, so that both losses are those of the release.

    Args:
        logits: (B, T) saliency.
        selections: (B, T) share of annotators that selected each step, in [0, 1]; 0 for padding.
        mask: (B, T) false for padding.
        kind: `cross-entropy`, or `l2`, the squared error of the sigmoid, always over the videos' steps.
        reduction: what the cross-entropy is divided by: B * T (`padded-mean`), or the videos' steps.
    """
    real = mask.to(selections.dtype)
    if kind == "l2":
        chance = logits.sigmoid()
        # E (s - y)^2 over annotators with y in {0, 1}: (s - m)^2 + m (1 - m).
        errors = (chance - selections).square() + selections * (1 - selections)
        return (errors * real).sum() / real.sum()
    errors = binary_cross_entropy_with_logits(logits, selections, reduction="none") * real
    return errors.sum() / (real.numel() if reduction == "padded-mean" else real.sum())


def joint_loss(saliency: Tensor | None, caption: Tensor | None, lambda_v: float, lambda_t: float) -> Tensor:
    """The weighted sum; a model with one head has the loss of that head alone, with its weight.

    Raises:
        ValueError: there is neither.
    """
    parts = [
        weight * loss for weight, loss in ((lambda_v, saliency), (lambda_t, caption)) if loss is not None
    ]
    if not parts:
        raise ValueError("there is no loss to learn from")
    return torch.stack(parts).sum()
