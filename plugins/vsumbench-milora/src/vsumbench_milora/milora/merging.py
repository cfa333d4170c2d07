"""Inference with the weights of each sample: W + scaling * B diag(c) A, then one product."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from .place import Merge


def crossover(d_out: int, d_in: int) -> float:
    """Tokens a sample above which building its weight costs less than its low-rank products.

    2 K r d_in d_out multiplications and additions against 2 N K r (d_in + d_out) (`milora-visum.md`,
    "Implementation"): 384 for 768 x 768, 497 for 768 x 1408, whatever K and r.
    """
    return d_out * d_in / (d_out + d_in)


def merges(merge: Merge, host: nn.Module, x: Tensor, *, training: bool) -> bool:
    """Whether a layer works with merged weights now: never in training, nor where gradients are wanted.

    Args:
        merge: of the options. `auto` merges above the crossover, and in single precision or better: rounded
            to half, a weight of ordinary size would lose much of a small update (inferred).
        host: the frozen layer; only a plain linear one has weights to add to.
        x: (B, ..., d_in).
        training: mode of the layer.

    Tokens are counted in a sample, not in the batch: how one is computed must not depend on those beside it.
    """
    if merge == "never" or training or torch.is_grad_enabled() or type(host) is not nn.Linear or x.ndim < 3:
        return False
    if not host.weight.is_floating_point() or host.weight.ndim != 2:
        return False
    if merge == "always":
        return True
    rounded = torch.is_autocast_enabled(x.device.type) or host.weight.dtype.itemsize < torch.float32.itemsize
    return not rounded and math.prod(x.shape[1:-1]) > crossover(host.out_features, host.in_features)


def merged_product(
    host: nn.Linear, a: Tensor, b: Tensor, spread: Tensor | None, scaling: float, x: Tensor
) -> Tensor:
    """(B, ..., d_in) → (B, ..., d_out).

    Args:
        host: gives W and its bias.
        a: (R, d_in).
        b: (d_out, R).
        spread: (B, R) or (R,) coefficients of the columns of B; None for 1.
        scaling: of the update.
        x: the input.
    """
    up = b if spread is None else b * spread.to(b.dtype).unsqueeze(-2)
    if up.ndim == 2:
        weight = torch.addmm(host.weight, up.to(host.weight.dtype), a.to(host.weight.dtype), alpha=scaling)
        return functional.linear(x, weight, host.bias)
    batch = len(up)
    weight = torch.baddbmm(
        host.weight.expand(batch, -1, -1),
        up.to(host.weight.dtype),
        a.to(host.weight.dtype).expand(batch, -1, -1),
        alpha=scaling,
    )
    rows = x.flatten(1, -2).to(weight.dtype)
    if host.bias is None:
        product = torch.bmm(rows, weight.transpose(1, 2))
    else:
        product = torch.baddbmm(host.bias, rows, weight.transpose(1, 2))
    return product.view(*x.shape[:-1], -1)
