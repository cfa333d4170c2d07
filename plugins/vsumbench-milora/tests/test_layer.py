"""The linear layer with a mixture of experts, against slower ways to compute the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from mixture_support import EVEN, PLACES, assert_same, experts_of, mixture, trained, update
from mixture_support import coefficients as slow_coefficients
from peft import PeftModel
from torch import Tensor, nn
from torch.nn import functional
from vsumbench_milora.milora.layer import MixtureLinear, masked_tokens
from vsumbench_milora.milora.merging import crossover, merges
from vsumbench_milora.milora.mixture import balance
from vsumbench_milora.milora.place import Place
from vsumbench_milora.milora.products import padded_up, stacked_down
from vsumbench_milora.milora.targets import expert_rank

from vsumbench.errors import MismatchError

K, D_IN, D_OUT = 3, 10, 7
EACH = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())


def linear(place: Place, *, stirred: bool = True, bias: bool = True) -> tuple[PeftModel, MixtureLinear]:
    torch.manual_seed(0)
    model, layer = mixture(nn.Linear(D_IN, D_OUT, bias=bias), place, stirred=stirred)
    assert isinstance(layer, MixtureLinear)
    if place.z_width is not None:
        layer.scope.z = torch.randn(4, place.z_width)
    return model, layer


def seen(layer: Any, x: Tensor, number: int) -> Tensor:
    """What the gate sees of one sample."""
    return x[number].mean(dim=0) if layer.scope.z is None else layer.scope.z[number]


def by_loop(layer: Any, x: Tensor) -> Tensor:
    """Each sample, token and expert in turn."""
    answers = []
    for number, sample in enumerate(x):
        c = slow_coefficients(layer, seen(layer, x, number))
        rows = []
        for token in sample:
            row = layer.base_layer(token)
            for c_k, (b, a) in zip(c, experts_of(layer), strict=True):
                row = row + layer.scaling["default"] * c_k * (b @ (a @ token))
            rows.append(row)
        answers.append(torch.stack(rows))
    return torch.stack(answers)


def materialised(layer: Any, x: Tensor) -> Tensor:
    """The whole weight of each sample."""
    weights = [layer.base_layer.weight + update(layer, seen(layer, x, number)) for number in range(len(x))]
    return torch.stack(
        [
            functional.linear(sample, weight, layer.base_layer.bias)
            for sample, weight in zip(x, weights, strict=True)
        ]
    )


@EACH
def test_outputs_and_gradients_are_those_of_the_loop_and_of_the_whole_weights(place: Place) -> None:
    model, layer = linear(place)
    x = torch.randn(4, 5, D_IN, requires_grad=True)
    inputs = [x, *trained(model)]
    fused = model(x)
    assert_same(fused, by_loop(layer, x), inputs)
    assert_same(fused, materialised(layer, x), inputs)


@EACH
@pytest.mark.parametrize("bias", [True, False])
def test_the_weights_of_each_sample_give_the_same_in_inference(place: Place, bias: bool) -> None:
    model, layer = linear(place, bias=bias)
    model.eval()
    x = torch.randn(4, 5, D_IN)
    expected = materialised(layer, x).detach()
    for merge in ("never", "always"):
        layer.place = replace(place, merge=merge)
        with torch.no_grad():
            torch.testing.assert_close(model(x), expected, atol=1e-5, rtol=1e-5)


def test_more_axes_of_tokens_and_none_are_taken() -> None:
    model, layer = linear(PLACES["gate*alpha"])
    model.eval()
    grid = torch.randn(4, 3, 2, D_IN)
    expected = by_loop(layer, grid.flatten(1, 2))
    torch.testing.assert_close(model(grid).flatten(1, 2), expected)
    single = torch.randn(4, D_IN)
    torch.testing.assert_close(model(single), by_loop(layer, single[:, None])[:, 0])
    layer.place = replace(layer.place, merge="always")
    with torch.no_grad():
        torch.testing.assert_close(model(grid).flatten(1, 2), expected)


def test_inference_merges_above_the_crossover_alone_and_training_never() -> None:
    assert (crossover(768, 768), round(crossover(768, 1408))) == (384.0, 497)
    host = nn.Linear(10, 10)
    few, many = torch.randn(3, 5, 10), torch.randn(3, 6, 10)

    def found(x: Tensor, merge: Any = "auto", **changes: bool) -> bool:
        return merges(merge, host, x, **{"training": False} | changes)

    with torch.no_grad():
        assert [found(few), found(many)] == [False, True]
        assert [found(few, "always"), found(many, "never"), found(many, training=True)] == [
            True,
            False,
            False,
        ]
        assert not merges("always", nn.Identity(), many, training=False)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert [found(many), found(many, "always")] == [False, True]
        assert not merges("auto", nn.Linear(10, 10).bfloat16(), many, training=False)
    assert not found(many), "with gradients"


@pytest.mark.parametrize("combine", ["gate*alpha", "gate", "alpha", "sum"])
def test_only_what_the_combination_uses_is_there_and_trainable(combine: Any) -> None:
    model, _ = linear(Place(EVEN, combine=combine))
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
def test_experts_begin_alike_in_weight_and_change_nothing(combine: Any, start: float) -> None:
    model, layer = linear(Place(EVEN, combine=combine), stirred=False)
    x = torch.randn(2, 4, D_IN)
    assert torch.equal(model(x), layer.base_layer(x))
    scores = torch.zeros(2, K) if "gate" in combine else None
    found = layer.coefficients("default", scores)
    torch.testing.assert_close(
        torch.ones(K) if found is None else found.reshape(-1, K)[0], torch.full((K,), float(start))
    )


def test_experts_are_drawn_each_by_itself_from_the_seeds_alone() -> None:
    from vsumbench.contracts import Seeds

    _, layer = linear(Place(EVEN), stirred=False)
    drawn = layer.lora_A["default"].weight.detach().clone()
    experts = drawn.view(K, 2, D_IN)
    assert not torch.allclose(experts[0], experts[1])
    assert drawn.abs().max() <= 1 / math.sqrt(D_IN)
    torch.manual_seed(99)
    layer.draw("default", Seeds(0).child("layer"))
    assert torch.equal(layer.lora_A["default"].weight, drawn)
    layer.draw("default", Seeds(1).child("layer"))
    assert not torch.equal(layer.lora_A["default"].weight, drawn)


def test_a_sample_has_its_own_mixture_whatever_stands_beside_it() -> None:
    model, _ = linear(Place(EVEN, combine="gate"))
    x = torch.randn(3, 5, D_IN)
    torch.testing.assert_close(model(x)[1:2], model(x[1:2]))
    same = x.clone()
    same[1, 0] = x[0, 0]
    assert not torch.allclose(model(same)[0, 0], model(same)[1, 0]), "the same token in two videos"


@pytest.mark.parametrize("merge", ["never", "always"])
def test_padding_changes_no_mixture(merge: Any) -> None:
    model, layer = linear(Place(EVEN, scaling=2.0, merge=merge))
    model.eval()
    x = torch.randn(2, 4, D_IN)
    padded = torch.cat([x, 9.0 * torch.ones(2, 3, D_IN)], dim=1)
    mask = torch.arange(7).expand(2, 7) < 4
    expected = materialised(layer, x).detach()
    with torch.no_grad():
        with masked_tokens(model, mask):
            torch.testing.assert_close(model(padded)[:, :4], expected)
        assert layer.token_mask is None
        assert not torch.allclose(model(padded)[:, :4], expected)


def test_at_first_only_b_gets_a_gradient_and_then_all_do() -> None:
    model, layer = linear(Place(EVEN), stirred=False)
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
        layer.lora_B["default"].weight.add_(0.1 * torch.randn(D_OUT, 6))
    assert with_gradient() == {"A", "B", "gate", "expert_alpha"}


@pytest.mark.parametrize("name", ["alpha", "sum", "ranks of their own, alpha", "padded, sum"])
def test_a_constant_mixture_can_be_merged(name: str) -> None:
    model, _ = linear(PLACES[name])
    x = torch.randn(2, 5, D_IN)
    expected = model(x)
    merged = model.merge_and_unload()
    assert type(merged.layer) is nn.Linear
    torch.testing.assert_close(merged(x), expected)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place(EVEN), "depends on the input"),
        (Place(EVEN, combine="gate"), "depends on the input"),
        (Place(EVEN, combine="sum", mergeable=False), "attention logits"),
    ],
)
def test_any_other_mixture_cannot(place: Place, why: str) -> None:
    model, layer = linear(place)
    before = layer.base_layer.weight.clone()
    with pytest.raises(MismatchError, match=why):
        model.merge_and_unload()
    assert torch.equal(layer.base_layer.weight, before)


def test_switched_off_it_is_the_layer_itself() -> None:
    model, layer = linear(Place(EVEN))
    x = torch.randn(2, 5, D_IN)
    with model.disable_adapter():
        assert torch.equal(model(x), layer.base_layer(x))
    assert not torch.allclose(model(x), layer.base_layer(x))


def test_padding_rows_are_zeros_beside_the_parameters_and_make_every_side_a_multiple_of_8() -> None:
    model, layer = linear(PLACES["padded"])
    a, b, gate = (part["default"].weight for part in (layer.lora_A, layer.lora_B, layer.lora_gate))
    assert (a.shape, b.shape) == ((6, D_IN), (D_OUT, 6))
    down, sizes = stacked_down(a, gate, pad=True)
    assert (down.shape[0], sizes) == (16, [8, 3, 5])
    assert torch.equal(down[:6], a) and torch.equal(down[8:11], gate)
    assert not down[6:8].any() and not down[11:].any()
    up = padded_up(b, 8)
    assert torch.equal(up[:, :6], b) and not up[:, 6:].any()
    plain, _ = linear(replace(PLACES["padded"], pad=False))
    assert sum(p.numel() for p in trained(model)) == sum(p.numel() for p in trained(plain))
    assert model.state_dict().keys() == plain.state_dict().keys()


def test_the_top_experts_of_equal_gates_are_the_first() -> None:
    _, layer = linear(Place(EVEN, top_k=2), stirred=False)
    found = layer.coefficients("default", torch.zeros(2, K))
    torch.testing.assert_close(found, torch.tensor([[0.5, 0.5, 0.0]]).expand(2, 3))


def test_balance_is_1_where_experts_are_used_evenly_and_most_where_one_does_all() -> None:
    model, layer = linear(Place(EVEN, top_k=1), stirred=False)
    gate = layer.lora_gate["default"]
    gate.weight.data = 100.0 * torch.eye(K, D_IN)
    even = 3.0 * torch.eye(K, D_IN)[:, None]
    model.train()
    model(even)
    torch.testing.assert_close(balance(model), torch.tensor(1.0))
    model(even[:1].expand(4, -1, -1))
    found = balance(model)
    torch.testing.assert_close(found, torch.tensor(float(K)))
    model(even[:1].expand(4, -1, -1) / 100)
    balance(model).backward()
    assert gate.bias.grad is not None
    assert gate.bias.grad[0] > 0 and (gate.bias.grad[1:] < 0).all(), "the busy expert is chosen less"
    model.eval()
    assert float(balance(model)) == 0.0


def test_without_top_k_there_is_nothing_to_balance() -> None:
    model, _ = linear(Place(EVEN))
    model.train()
    model(torch.randn(2, 3, D_IN))
    assert float(balance(model)) == 0.0


def test_half_precision_goes_through_all_ways_of_the_product() -> None:
    model, layer = linear(PLACES["padded"])
    x = torch.randn(4, 5, D_IN)
    exact = model(x).detach()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(x)
    assert rough.dtype == torch.bfloat16
    torch.testing.assert_close(rough.float(), exact, atol=0.3, rtol=0.1)
    layer.place = replace(layer.place, merge="always")
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(model(x).float(), exact, atol=0.3, rtol=0.1)
    layer.base_layer.bfloat16()
    mixed = model(x.bfloat16())
    assert mixed.dtype == torch.bfloat16
    torch.testing.assert_close(mixed.float(), exact, atol=0.3, rtol=0.1)


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
