"""The patch convolution with a mixture of experts, against the folded linear map and the whole kernel."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from mixture_support import EVEN, PLACES, assert_same, coefficients, experts_of, mixture, trained, update
from peft import PeftModel
from torch import Tensor, nn
from torch.nn import functional
from vsumbench_milora.milora.conv import MixtureConv2d
from vsumbench_milora.milora.layer import masked_tokens
from vsumbench_milora.milora.place import Place

from vsumbench.errors import MismatchError

OWN = {name: place for name, place in PLACES.items() if place.z_width is None}


def conv(place: Place, **changes: Any) -> tuple[PeftModel, MixtureConv2d]:
    torch.manual_seed(0)
    model, layer = mixture(nn.Conv2d(3, 7, **{"kernel_size": 2, "stride": 2} | changes), place)
    assert isinstance(layer, MixtureConv2d)
    return model, layer


def patches(layer: Any, x: Tensor) -> Tensor:
    """(B, n, channels * height * width), as the convolution folds them."""
    host = layer.base_layer
    found: Tensor = functional.unfold(x, host.kernel_size, padding=host.padding, stride=host.stride)
    return found.transpose(1, 2)


def by_loop(layer: Any, x: Tensor) -> Tensor:
    """Each sample, patch and expert in turn."""
    plain = layer.base_layer(x)
    answers = []
    for number, tokens in enumerate(patches(layer, x)):
        c = coefficients(layer, tokens.mean(dim=0))
        rows = []
        for token in tokens:
            experts = zip(c, experts_of(layer), strict=True)
            rows.append(layer.scaling["default"] * sum(c_k * (b @ (a @ token)) for c_k, (b, a) in experts))
        answers.append(torch.stack(rows, dim=1).view(plain[number].shape))
    return plain + torch.stack(answers)


def materialised(layer: Any, x: Tensor) -> Tensor:
    """The whole kernel of each image."""
    host = layer.base_layer
    answers = []
    for number, tokens in enumerate(patches(layer, x)):
        kernel = host.weight + update(layer, tokens.mean(dim=0)).view(host.weight.shape)
        answers.append(
            functional.conv2d(x[number : number + 1], kernel, host.bias, host.stride, host.padding)
        )
    return torch.cat(answers)


@pytest.mark.parametrize("place", OWN.values(), ids=OWN.keys())
@pytest.mark.parametrize("changes", [{}, {"kernel_size": 3, "stride": 1, "padding": 1}])
def test_outputs_and_gradients_are_those_of_the_loop_and_of_the_whole_kernels(
    place: Place, changes: dict[str, int]
) -> None:
    model, layer = conv(place, **changes)
    x = torch.randn(3, 3, 4, 4, requires_grad=True)
    inputs = [x, *trained(model)]
    fused = model(x)
    assert_same(fused, by_loop(layer, x), inputs)
    assert_same(fused, materialised(layer, x), inputs)


def test_its_tensors_have_the_layout_of_peft_and_its_gate_the_width_of_a_patch() -> None:
    _, layer = conv(Place(EVEN))
    assert layer.lora_A["default"].weight.shape == (6, 3, 2, 2)
    assert layer.lora_B["default"].weight.shape == (7, 6, 1, 1)
    assert layer.lora_gate["default"].weight.shape == (3, 12)


def test_each_frame_of_a_video_has_the_mixture_of_its_own_patches() -> None:
    model, _ = conv(Place(EVEN, combine="gate"))
    videos = torch.randn(2, 3, 3, 4, 4)
    together = model(videos.flatten(0, 1))
    torch.testing.assert_close(together[4:5], model(videos[1, 1:2]))


def test_places_that_do_not_count_change_no_mixture() -> None:
    model, layer = conv(Place(EVEN, scaling=2.0))
    x = torch.randn(2, 3, 4, 4)
    padded = torch.cat([x, 9.0 * torch.ones(2, 3, 2, 4)], dim=2)
    mask = torch.arange(6).expand(2, 6) < 4
    with masked_tokens(model, mask):
        torch.testing.assert_close(model(padded)[:, :, :2], materialised(layer, x))
    assert not torch.allclose(model(padded)[:, :, :2], materialised(layer, x))


@pytest.mark.parametrize("name", ["alpha", "sum", "ranks of their own, alpha"])
def test_a_constant_mixture_can_be_merged(name: str) -> None:
    model, _ = conv(PLACES[name])
    x = torch.randn(2, 3, 4, 4)
    expected = model(x)
    merged = model.merge_and_unload()
    assert type(merged.layer) is nn.Conv2d
    torch.testing.assert_close(merged(x), expected)


def test_any_other_mixture_cannot() -> None:
    model, layer = conv(Place(EVEN))
    before = layer.base_layer.weight.clone()
    with pytest.raises(MismatchError, match="depends on the input"):
        model.merge_and_unload()
    assert torch.equal(layer.base_layer.weight, before)


def test_switched_off_it_is_the_convolution_itself_and_so_it_begins() -> None:
    model, layer = conv(Place(EVEN))
    x = torch.randn(2, 3, 4, 4)
    with model.disable_adapter():
        assert torch.equal(model(x), layer.base_layer(x))
    layer.lora_B["default"].weight.data.zero_()
    assert torch.equal(model(x), layer.base_layer(x))


def test_a_1_by_1_convolution_is_the_linear_layer_at_each_place() -> None:
    place = Place(EVEN, scaling=2.0)
    model, layer = conv(place, kernel_size=1, stride=1)
    flat, other = mixture(nn.Linear(3, 7), place)
    other.base_layer.weight.data = layer.base_layer.weight.data.flatten(1)
    other.base_layer.bias.data = layer.base_layer.bias.data
    for part in ("lora_A", "lora_B", "lora_gate"):
        getattr(other, part)["default"].weight.data = (
            getattr(layer, part)["default"].weight.data.flatten(1).clone()
        )
    other.lora_gate["default"].bias.data = layer.lora_gate["default"].bias.data.clone()
    other.lora_expert_alpha["default"].data = layer.lora_expert_alpha["default"].data.clone()
    x = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(model(x).flatten(2).transpose(1, 2), flat(x.flatten(2).transpose(1, 2)))


def test_a_convolution_in_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="in groups"):
        mixture(nn.Conv2d(4, 4, 1, groups=2), Place(EVEN))
