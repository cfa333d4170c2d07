"""Graphs as dense matrices of weights (sumgraph.md, "Design")."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize


def balanced(weights: Tensor) -> Tensor:
    """D_out^-1/2 A D_in^-1/2 of non-negative weights (T, T); a step of degree 0 keeps its zeros.

    Of a symmetric graph this is the usual symmetric normalisation; relations that are learned are not
    symmetric, so rows and columns have degrees of their own.
    """
    given, received = weights.sum(dim=1), weights.sum(dim=0)
    roots = [torch.where(d > 0, d, torch.ones_like(d)).rsqrt() for d in (given, received)]
    return roots[0][:, None] * weights * roots[1][None, :]


def likeness(nodes: Tensor) -> Tensor:
    """(T, T) the first graph of nodes (T, width): cosines above 0, one to itself on top, balanced."""
    directions = normalize(nodes, dim=1)
    loops = torch.eye(len(nodes), dtype=nodes.dtype, device=nodes.device)
    return balanced((directions @ directions.T).relu() + loops)
