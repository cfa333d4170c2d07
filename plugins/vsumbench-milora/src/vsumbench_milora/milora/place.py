"""One adapted layer as the options come out there, what its gate is told, and what becomes of its gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Combine = Literal["gate*alpha", "gate", "alpha", "sum"]
Merge = Literal["auto", "never", "always"]
MULTIPLE = 8
"""GEMMs of half precision are fastest where each side is a multiple of this."""


@dataclass(frozen=True)
class Place:
    """One adapted layer, as the options come out there.

    Attributes:
        ranks: of its experts, K of them.
        scaling: factor of the whole update (`lora_alpha / r` of LoRA).
        combine: coefficient of an expert (eq. 1, 13 and 15): `gate*alpha`, `gate`, `alpha`, or `sum` (1).
        top_k: experts kept for a sample, their gates renormalised; None keeps all.
        z_width: width of the z all layers of the branch share; None where z is the layer's own.
        pad: zero rows up to a multiple of 8 are put beside the stack while it is used.
        merge: whether inference may work with the merged weights of each sample, see `merging`.
        mergeable: nothing in the whole network keeps its experts from going into the weights for good.
        lengths: (n_q, n_k) of the attention whose logits `logit-bias` adds to; None for anything else.
        heads: 1, or the attention's heads where each has a bias of its own.
    """

    ranks: tuple[int, ...]
    scaling: float = 1.0
    combine: Combine = "gate*alpha"
    top_k: int | None = None
    z_width: int | None = None
    pad: bool = False
    merge: Merge = "auto"
    mergeable: bool = True
    lengths: tuple[int, int] | None = None
    heads: int = 1

    @property
    def rows(self) -> int:
        """Rows of the stacked A: the ranks of all experts, for each head."""
        return self.heads * sum(self.ranks)

    @property
    def declared_rank(self) -> int:
        """What peft's configuration says: the largest rank of an expert.

        With one expert the stack would be as wide as that, and peft alone would load it as a LoRA without its
        coefficient. There it is one more, so that peft refuses.
        """
        largest = max(self.ranks)
        return largest + 1 if self.rows == largest else largest

    @property
    def gated(self) -> bool:
        """The mixture depends on the input."""
        return "gate" in self.combine


@dataclass
class Scope:
    """What the gates of one branch are told beside the input of their layer, see `scopes`.

    What a scope says stays until the branch is run again: a layer that is recomputed in the backward pass
    must find what it found in the forward pass.

    Attributes:
        z: (B, z_width), where all layers of the branch share one.
        prompt: only so many tokens at the front count for z; None counts all.
        mask: (B, n) true where a token is none of the padding; None where there is no padding.
        decoding: the tokens follow a prompt seen before, whose mixture stays.
    """

    z: Tensor | None = None
    prompt: int | None = None
    mask: Tensor | None = None
    decoding: bool = False


def kept_gates(gates: Tensor, count: int) -> Tensor:
    """The largest `count` of each row, renormalised, the others 0. Of equal ones the first are taken."""
    order = gates.argsort(dim=-1, descending=True, stable=True)[..., :count]
    kept = torch.zeros_like(gates).scatter(-1, order, gates.gather(-1, order))
    return kept / kept.sum(dim=-1, keepdim=True)


def spread_over(coefficients: Tensor | None, ranks: tuple[int, ...]) -> Tensor | None:
    """(..., K) → (..., R): the coefficient of each row of the stack."""
    if coefficients is None:
        return None
    if len(set(ranks)) == 1:
        return coefficients.unsqueeze(-1).expand(*coefficients.shape, ranks[0]).flatten(-2)
    parts = [
        coefficients[..., number : number + 1].expand(*coefficients.shape[:-1], rank)
        for number, rank in enumerate(ranks)
    ]
    return torch.cat(parts, dim=-1)
