"""The products of a stack of experts: all of them in one GEMM down and one up, never one by one."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .place import MULTIPLE


def stacked_down(a: Tensor, gate: Tensor | None, *, pad: bool) -> tuple[Tensor, list[int]]:
    """What the input is multiplied by: A, and W_g below it where the gate rides along.

    The mean over tokens commutes with W_g, so W_g z is the mean of K more columns of the product with A; a
    pass over the input, and one over its gradient, are saved.

    Args:
        a: (R, ...) of all experts.
        gate: (K, ...) of the same width, or None.
        pad: put zero rows below each of both, up to a multiple of 8. They are no parameters: nothing can move
            them, and nothing is saved of them.

    Returns:
        the rows, and how many of them belong to A, to its padding, and to the gate.
    """
    rows = [a, _zeros(a, pad)]
    if gate is not None:
        gate = gate.view(-1, *a.shape[1:])
        rows += [gate, _zeros(gate, pad)]
    sizes = [len(part) for part in rows]
    kept = [part for part in rows if len(part)]
    shares = [sizes[0] + sizes[1], *sizes[2:]]
    return (kept[0] if len(kept) == 1 else torch.cat([part.to(a.dtype) for part in kept])), shares


def padded_up(b: Tensor, columns: int) -> Tensor:
    """(d_out, R, ...) → the same with zero columns up to `columns`."""
    missing = columns - b.shape[1]
    if not missing:
        return b
    return functional.pad(b, (*[0] * (2 * (b.ndim - 2)), 0, missing))


def weighted(low: Tensor, spread: Tensor | None, *, channels: int = -1) -> Tensor:
    """A x times the coefficient of the expert that each column belongs to.

    Args:
        low: (B, ..., R) or, with `channels=1`, (B, R, ...).
        spread: (B, R) or (R,) coefficients, None for 1. R may be less than that of `low`, whose last columns
            are padding.
        channels: the axis of the columns.
    """
    if spread is None:
        return low
    missing = low.shape[channels] - spread.shape[-1]
    if missing:
        spread = functional.pad(spread, (0, missing))
    batch = spread.shape[:-1]
    shape = [*batch, *[1] * (low.ndim - len(batch))]
    shape[channels] = spread.shape[-1]
    if not batch:
        shape = [1] * low.ndim
        shape[channels] = spread.shape[-1]
    return low * spread.to(low.dtype).view(shape)


def added(result: Tensor, low: Tensor, b: Tensor, scaling: float) -> Tensor:
    """result + scaling * low B^T, in one pass over `result` where the dtypes agree.

    Args:
        result: (..., d_out) of the host layer.
        low: (..., R).
        b: (d_out, R).
        scaling: of the update.
    """
    if low.dtype != result.dtype:
        return result + (scaling * functional.linear(low, b)).to(result.dtype)
    flat = torch.addmm(
        result.reshape(-1, result.shape[-1]), low.reshape(-1, low.shape[-1]), b.t(), alpha=scaling
    )
    return flat.view(result.shape)


def _zeros(like: Tensor, pad: bool) -> Tensor:
    missing = -len(like) % MULTIPLE if pad else 0
    return like.new_zeros(missing, *like.shape[1:])
