"""Small layers with experts, and slow ways to compute the same: oracles, used by tests alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from milora_support import stir
from peft import LoraConfig, PeftModel
from torch import Tensor, nn
from vsumbench_milora.milora.adapters import register_mixture
from vsumbench_milora.milora.mixture import Mixing
from vsumbench_milora.milora.place import Place

from vsumbench.contracts import Seeds

EVEN, UNEVEN = (2, 2, 2), (3, 1, 2)
PLACES = {
    "gate*alpha": Place(scaling=2.0, ranks=EVEN),
    "gate": Place(scaling=2.0, ranks=EVEN, combine="gate"),
    "alpha": Place(scaling=2.0, ranks=EVEN, combine="alpha"),
    "sum": Place(scaling=2.0, ranks=EVEN, combine="sum"),
    "top 1": Place(scaling=2.0, ranks=EVEN, top_k=1),
    "top 2, gate alone": Place(scaling=2.0, ranks=EVEN, combine="gate", top_k=2),
    "ranks of their own": Place(scaling=2.0, ranks=UNEVEN),
    "ranks of their own, alpha": Place(scaling=2.0, ranks=UNEVEN, combine="alpha"),
    "padded": Place(scaling=2.0, ranks=UNEVEN, pad=True),
    "padded, sum": Place(scaling=2.0, ranks=EVEN, combine="sum", pad=True),
    "shared z": Place(scaling=2.0, ranks=EVEN, z_width=4),
    "shared z, all at once": Place(scaling=2.0, ranks=UNEVEN, z_width=4, top_k=2, pad=True),
    "one expert": Place(scaling=2.0, ranks=(4,)),
}
"""Every option of a mixture, in a layer of its own. All have a scaling of 2."""


class Holder(nn.Module):
    """A network of one layer, for peft to wrap."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *given: Any, **named: Any) -> Any:
        return self.layer(*given, **named)


def mixture(host: nn.Module, place: Place, *, stirred: bool = True) -> tuple[PeftModel, Any]:
    """The host in peft's hands, frozen, with experts beside it that are not at their start any more."""
    config = register_mixture(
        LoraConfig(r=place.declared_rank, lora_alpha=1, target_modules="layer"), {"layer": place}
    )
    model = PeftModel(Holder(host), config)
    layer = model.get_base_model().layer
    assert isinstance(layer, Mixing)
    layer.draw("default", Seeds(0).child("layer"))
    if stirred:
        stir(model)
    return model, layer


def experts_of(layer: Any) -> list[tuple[Tensor, Tensor]]:
    """(B_k, A_k) of each expert, A_k as rows of the folded kernel."""
    a = layer.lora_A["default"].weight.flatten(1)
    b = layer.lora_B["default"].weight.flatten(1)
    ranks = layer.place.ranks
    ends = [sum(ranks[: k + 1]) for k in range(len(ranks))]
    return [(b[:, end - r : end], a[end - r : end]) for end, r in zip(ends, ranks, strict=True)]


def coefficients(layer: Any, z: Tensor | None) -> Sequence[Tensor]:
    """c_k of one sample, number by number, from the formulas of the sheet."""
    place = layer.place
    count = len(place.ranks)
    c = [torch.ones(()) for _ in range(count)]
    if place.gated:
        assert z is not None
        gate = layer.lora_gate["default"]
        powers = [(gate.weight[k] @ z + gate.bias[k]).exp() for k in range(count)]
        shares = [power / sum(powers) for power in powers]
        if place.top_k is not None:
            kept = sorted(range(count), key=lambda k: -float(shares[k].detach()))[: place.top_k]
            total = sum(shares[k] for k in kept)
            shares = [shares[k] / total if k in kept else 0.0 * shares[k] for k in range(count)]
        c = list(shares)
    if "alpha" in place.combine:
        alpha = layer.lora_expert_alpha["default"]
        c = [c[k] * alpha[k] for k in range(count)]
    return c


def update(layer: Any, z: Tensor | None) -> Tensor:
    """scaling * sum_k c_k B_k A_k of one sample: the literal eq. 13."""
    c = coefficients(layer, z)
    parts = [c_k * (b @ a) for c_k, (b, a) in zip(c, experts_of(layer), strict=True)]
    return layer.scaling["default"] * torch.stack(parts).sum(dim=0)


def gradients(output: Tensor, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Of some number that depends on all of the output."""
    torch.manual_seed(3)
    total = (output * torch.randn_like(output)).sum()
    found = torch.autograd.grad(total, list(inputs), allow_unused=True, retain_graph=True)
    return [torch.zeros_like(one) if g is None else g for one, g in zip(inputs, found, strict=True)]


def trained(model: nn.Module) -> list[Tensor]:
    """Everything trainable, in the order of names."""
    return [p for _, p in sorted(model.named_parameters()) if p.requires_grad]


def assert_same(found: Tensor, expected: Tensor, inputs: Sequence[Tensor]) -> None:
    """Values and gradients to 1e-5."""
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    for a, b in zip(gradients(found, inputs), gradients(expected, inputs), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
