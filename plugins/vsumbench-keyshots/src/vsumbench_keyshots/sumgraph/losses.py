"""The terms that SumGraph learns from (sumgraph.md, "Loss")."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def class_balanced(logits: Tensor, key: Tensor) -> Tensor:
    """Cross-entropy of logits (T, 2) to key frames (T,) booleans, both classes with half of the weight.

    A video in which one class is missing counts with the other alone.
    """
    shares = torch.stack([~key, key]).to(logits.dtype).mean(dim=1)
    weights = torch.where(shares > 0, 0.5 / shares.clamp(min=1e-12), torch.zeros_like(shares))
    each = cross_entropy(logits, key.long(), reduction="none")
    found: Tensor = (weights[key.long()] * each).sum() / weights[key.long()].sum()
    return found


def alike(nodes: Tensor, probability: Tensor) -> Tensor:
    """Mean cosine of pairs of different steps, weighted by the product of their probabilities; 0 at T = 1."""
    weighted = probability[:, None] * normalize(nodes, dim=1)
    itself = weighted.square().sum()
    pairs = probability.sum().square() - probability.square().sum()
    total = weighted.sum(dim=0).square().sum() - itself
    return torch.where(pairs > 0, total / pairs.clamp(min=1e-12), torch.zeros_like(total))
