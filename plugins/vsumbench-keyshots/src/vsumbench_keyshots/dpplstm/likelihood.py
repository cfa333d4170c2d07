"""How unlikely a determinantal point process finds a set of steps (dpplstm.md, "Loss and training")."""

from __future__ import annotations

import torch
from torch import Tensor


def surprise(vectors: Tensor, chosen: Tensor, ridge: float) -> Tensor:
    """Minus the log-probability of the chosen steps: log det(L + I) - log det(L_Y + ridge I), L = B B^T.

    Both are taken over the smaller side of B, which gives the same numbers: det(B B^T + I) = det(B^T B + I).
    So a video of 5,000 steps costs no more than the rank of its kernel. Where more steps are chosen than the
    rank, the process cannot draw them; the ridge then stands for the eigenvalues that are 0.

    Args:
        vectors: (T, rank) rows of B.
        chosen: (T,) booleans, Y; an empty Y is worth log det = 0.
        ridge: above 0.

    Returns:
        A scalar, in float64 where the device has it.
    """
    exact = vectors if vectors.device.type == "mps" else vectors.double()
    return _logdet(exact, 1.0) - _logdet(exact[chosen], ridge)


def _logdet(rows: Tensor, ridge: float) -> Tensor:
    """log det(B B^T + ridge I), B of shape (n, rank)."""
    count, rank = rows.shape
    gram = rows @ rows.T if count <= rank else rows.T @ rows
    found: Tensor = torch.linalg.slogdet(
        gram + ridge * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    ).logabsdet
    return found + (count - len(gram)) * torch.log(torch.as_tensor(ridge, dtype=gram.dtype))
