"""The layer with a mixture of experts, against slower ways to compute the same."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from milora_support import stir
from peft import LoraConfig, PeftModel
from torch import Tensor, nn
from vsumbench_milora.milora.adapters import register_mixture
from vsumbench_milora.milora.layer import Combine, MixtureLinear, masked_tokens
from vsumbench_milora.milora.targets import expert_rank

from vsumbench.contracts import Seeds
from vsumbench.errors import MismatchError

COMBINES: tuple[Combine, ...] = ("gate*alpha", "gate", "alpha", "sum")
K, R, D_IN, D_OUT = 3, 2, 10, 7


class Host(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(D_IN, D_OUT)

    def forward(self, x: Tensor) -> Any:
        return self.layer(x)


def mixture(combine: Combine, *, stirred: bool = True) -> tuple[PeftModel, MixtureLinear]:
    torch.manual_seed(0)
    config = register_mixture(LoraConfig(r=R, lora_alpha=2 * R, target_modules="layer"), K, combine)
    model = PeftModel(Host(), config)
    layer = model.get_base_model().layer
    assert isinstance(layer, MixtureLinear)
    layer.draw("default", Seeds(0).child("layer"))
    if stirred:
        stir(model)
    return model, layer


def coefficients(layer: MixtureLinear, combine: Combine, z: Tensor) -> Tensor:
    """(K,) of one sample, from the formulas of the sheet."""
    c = torch.ones(K)
    if "gate" in combine:
        gate = layer.lora_gate["default"]
        scores = torch.stack([gate.weight[k] @ z + gate.bias[k] for k in range(K)])
        c = c * scores.exp() / scores.exp().sum()
    if "alpha" in combine:
        c = c * layer.lora_expert_alpha["default"]
    return c


def oracle(layer: MixtureLinear, combine: Combine, x: Tensor, *, materialised: bool) -> Tensor:
    """Each sample, token and expert in turn; or the whole weight of each sample."""
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    answers = []
    for sample in x:
        c = coefficients(layer, combine, sample.mean(dim=0))
        experts = [(b[:, k * R : (k + 1) * R], a[k * R : (k + 1) * R]) for k in range(K)]
        if materialised:
            weight = layer.base_layer.weight + 2.0 * sum(
                c[k] * b_k @ a_k for k, (b_k, a_k) in enumerate(experts)
            )
            answers.append(sample @ weight.T + layer.base_layer.bias)
        else:
            rows = []
            for token in sample:
                row = layer.base_layer(token)
                for k, (b_k, a_k) in enumerate(experts):
                    row = row + 2.0 * c[k] * (b_k @ (a_k @ token))
                rows.append(row)
            answers.append(torch.stack(rows))
    return torch.stack(answers)


@pytest.mark.parametrize("combine", COMBINES)
def test_the_fused_product_is_that_of_the_loop_and_of_the_whole_weights(combine: Combine) -> None:
    model, layer = mixture(combine)
    x = torch.randn(4, 5, D_IN)
    fused = model(x)
    torch.testing.assert_close(fused, oracle(layer, combine, x, materialised=False), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(fused, oracle(layer, combine, x, materialised=True), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("combine", COMBINES)
def test_only_what_the_combination_uses_is_there_and_trainable(combine: Combine) -> None:
    model, _ = mixture(combine)
    trainable = {
        name.split(".layer.")[1].removeprefix("lora_").replace(".default", "")
        for name, p in model.named_parameters()
        if p.requires_grad
    }
    gate = {"gate.weight", "gate.bias"} if "gate" in combine else set()
    alpha = {"expert_alpha"} if "alpha" in combine else set()
    assert trainable == {"A.weight", "B.weight"} | gate | alpha


@pytest.mark.parametrize(
    ("combine", "start"), [("gate*alpha", 1 / K), ("gate", 1 / K), ("alpha", 1 / K), ("sum", 1)]
)
def test_experts_begin_alike_in_weight_and_change_nothing(combine: Combine, start: float) -> None:
    model, layer = mixture(combine, stirred=False)
    x = torch.randn(2, 4, D_IN)
    assert torch.equal(model(x), layer.base_layer(x))
    found = layer.coefficients("default", x)
    torch.testing.assert_close(
        torch.ones(K) if found is None else found.reshape(-1, K)[0], torch.full((K,), float(start))
    )


def test_experts_are_drawn_each_by_itself_from_the_seeds_alone() -> None:
    _, layer = mixture("gate*alpha", stirred=False)
    drawn = layer.lora_A["default"].weight.detach().clone()
    experts = drawn.view(K, R, D_IN)
    assert not torch.allclose(experts[0], experts[1])
    assert drawn.abs().max() <= 1 / math.sqrt(D_IN)
    torch.manual_seed(99)
    layer.draw("default", Seeds(0).child("layer"))
    assert torch.equal(layer.lora_A["default"].weight, drawn)
    layer.draw("default", Seeds(1).child("layer"))
    assert not torch.equal(layer.lora_A["default"].weight, drawn)


def test_a_sample_has_its_own_mixture_whatever_stands_beside_it() -> None:
    model, layer = mixture("gate")
    x = torch.randn(3, 5, D_IN)
    weights = layer.coefficients("default", x)
    assert weights is not None and weights.shape == (3, K)
    assert not torch.allclose(weights[0], weights[1])
    torch.testing.assert_close(model(x)[1:2], model(x[1:2]))


def test_padding_changes_no_mixture() -> None:
    model, layer = mixture("gate*alpha")
    x = torch.randn(2, 4, D_IN)
    padded = torch.cat([x, 9.0 * torch.ones(2, 3, D_IN)], dim=1)
    mask = torch.arange(7).expand(2, 7) < 4
    with masked_tokens(model, mask):
        torch.testing.assert_close(model(padded)[:, :4], model_without_padding(layer, x))
    assert layer.token_mask is None
    assert not torch.allclose(model(padded)[:, :4], model_without_padding(layer, x))


def model_without_padding(layer: MixtureLinear, x: Tensor) -> Tensor:
    return oracle(layer, "gate*alpha", x, materialised=True)


def test_at_first_only_b_gets_a_gradient_and_then_all_do() -> None:
    model, layer = mixture("gate*alpha", stirred=False)
    x, target = torch.randn(4, 5, D_IN), torch.randn(4, 5, D_OUT)
    parts = {name: p for name, p in model.named_parameters() if p.requires_grad}

    def with_gradient() -> set[str]:
        model.zero_grad()
        (model(x) - target).square().mean().backward()
        return {
            name.split("lora_")[1].partition(".")[0]
            for name, p in parts.items()
            if p.grad is not None and p.grad.abs().max() > 0
        }

    assert with_gradient() == {"B"}
    with torch.no_grad():
        layer.lora_B["default"].weight.add_(0.1 * torch.randn(D_OUT, K * R))
    assert with_gradient() == {"A", "B", "gate", "expert_alpha"}


@pytest.mark.parametrize("combine", ["alpha", "sum"])
def test_a_constant_mixture_can_be_merged(combine: Combine) -> None:
    model, _ = mixture(combine)
    x = torch.randn(2, 5, D_IN)
    expected = model(x)
    merged = model.merge_and_unload()
    assert type(merged.layer) is nn.Linear
    torch.testing.assert_close(merged(x), expected)


@pytest.mark.parametrize("combine", ["gate*alpha", "gate"])
def test_a_gated_mixture_cannot(combine: Combine) -> None:
    model, layer = mixture(combine)
    before = layer.base_layer.weight.clone()
    with pytest.raises(MismatchError, match="depends on the input"):
        model.merge_and_unload()
    assert torch.equal(layer.base_layer.weight, before)


def test_switched_off_it_is_the_layer_itself() -> None:
    model, layer = mixture("gate*alpha")
    x = torch.randn(2, 5, D_IN)
    with model.disable_adapter():
        assert torch.equal(model(x), layer.base_layer(x))
    assert not torch.allclose(model(x), layer.base_layer(x))


@pytest.mark.parametrize(
    ("share", "sides", "rank"),
    [
        (0.07, (100, 100), 7),
        (0.01, (768, 1408), 8),
        (0.02, (768, 768), 16),
        (0.022, (768, 768), 17),
        (0.0625, (96, 64), 4),
        (1e-05, (768, 768), 1),
        (1.0, (12, 50), 12),
    ],
)
def test_the_rank_is_exact(share: float, sides: tuple[int, int], rank: int) -> None:
    assert expert_rank(share, *sides) == rank
