"""Attention with experts in its logits, against attention written out token by token."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from mixture_support import EVEN, PLACES, UNEVEN, assert_same, coefficients, mixture, trained
from peft import PeftModel
from torch import Tensor
from transformers import Blip2QFormerConfig
from transformers.models.blip_2.modeling_blip_2 import Blip2QFormerMultiHeadAttention
from vsumbench_milora.milora.layer import masked_tokens
from vsumbench_milora.milora.logits import MixtureAttention
from vsumbench_milora.milora.place import Place

from vsumbench.errors import MismatchError

WIDTH, HEADS, N_Q, N_K = 12, 3, 4, 6
HEAD = WIDTH // HEADS


def attention(place: Place, way: str = "sdpa", *, crossed: bool = True) -> tuple[PeftModel, MixtureAttention]:
    torch.manual_seed(0)
    config = Blip2QFormerConfig(
        hidden_size=WIDTH, num_attention_heads=HEADS, encoder_hidden_size=8, attention_probs_dropout_prob=0.0
    )
    config._attn_implementation = way
    model, layer = mixture(Blip2QFormerMultiHeadAttention(config, is_cross_attention=crossed), place)
    assert isinstance(layer, MixtureAttention)
    if place.z_width is not None:
        layer.scope.z = torch.randn(2, place.z_width)
    return model.eval(), layer


def tokens(*, crossed: bool = True) -> dict[str, Tensor]:
    queries = torch.randn(2, N_Q, WIDTH, requires_grad=True)
    if not crossed:
        return {"hidden_states": queries}
    return {
        "hidden_states": queries,
        "encoder_hidden_states": torch.randn(2, N_K, 8, requires_grad=True),
    }


def written_out(
    layer: Any, hidden_states: Tensor, encoder_hidden_states: Tensor | None = None, *, loop: bool
) -> Tensor:
    """softmax(Q K^T / sqrt(d_h) + D) V of each sample and head, D expert by expert or as one matrix."""
    host, place = layer.base_layer, layer.place
    keyed = hidden_states if encoder_hidden_states is None else encoder_hidden_states
    answers = []
    for number in range(len(hidden_states)):
        x_q, x_k = hidden_states[number], keyed[number]
        z = x_k.mean(dim=0) if layer.scope.z is None else layer.scope.z[number]
        c = coefficients(layer, z)
        outputs = []
        for head in range(HEADS):
            own = slice(head * HEAD, (head + 1) * HEAD)
            q, k, v = host.query(x_q)[:, own], host.key(x_k)[:, own], host.value(x_k)[:, own]
            logits = q @ k.T / math.sqrt(HEAD)
            stack = head if place.heads > 1 else 0
            rows = sum(place.ranks)
            a = layer.lora_A["default"].weight[stack * rows : (stack + 1) * rows]
            b = layer.lora_B["default"].weight[:, stack * rows : (stack + 1) * rows]
            parts = list(zip(c, a.split(place.ranks), b.split(place.ranks, dim=1), strict=True))
            factor = layer.scaling["default"]
            if place.lengths is None:
                factor /= math.sqrt(HEAD)
            if loop:
                for c_k, a_k, b_k in parts:
                    part = b_k @ a_k if place.lengths is not None else (x_q @ b_k) @ (x_k @ a_k.T).T
                    logits = logits + factor * c_k * part
            else:
                matrix = torch.stack([c_k * (b_k @ a_k) for c_k, a_k, b_k in parts]).sum(dim=0)
                logits = logits + factor * (matrix if place.lengths is not None else x_q @ matrix @ x_k.T)
            outputs.append(logits.softmax(dim=-1) @ v)
        answers.append(torch.cat(outputs, dim=-1))
    return torch.stack(answers)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("mode", ["bilinear", "logit-bias"])
@pytest.mark.parametrize("heads", [1, HEADS])
def test_outputs_and_gradients_are_those_of_the_loop_and_of_the_whole_matrix(
    place: Place, mode: str, heads: int
) -> None:
    lengths = (N_Q, N_K) if mode == "logit-bias" else None
    model, layer = attention(replace(place, lengths=lengths, heads=heads))
    given = tokens()
    inputs = [*given.values(), *trained(model)]
    fused = model(**given)[0]
    assert_same(fused, written_out(layer, **given, loop=True), inputs)
    assert_same(fused, written_out(layer, **given, loop=False), inputs)


@pytest.mark.parametrize("lengths", [None, (N_Q, N_Q)])
@pytest.mark.parametrize("way", ["eager", "sdpa"])
def test_self_attention_and_both_ways_of_attention_do_the_same(
    lengths: tuple[int, int] | None, way: str
) -> None:
    model, layer = attention(Place(UNEVEN, scaling=2.0, lengths=lengths), way, crossed=False)
    given = tokens(crossed=False)
    assert_same(
        model(**given)[0], written_out(layer, **given, loop=False), [*given.values(), *trained(model)]
    )


@pytest.mark.parametrize("way", ["eager", "sdpa"])
def test_a_mask_of_padding_holds_beside_the_experts(way: str) -> None:
    model, _ = attention(Place(EVEN, scaling=2.0), way)
    given = tokens()
    short = given | {"encoder_hidden_states": given["encoder_hidden_states"][:, :4]}
    kept = torch.arange(N_K).expand(2, 1, N_Q, N_K) < 4
    numbers = torch.zeros(2, 1, N_Q, N_K).masked_fill(~kept, torch.finfo(torch.float32).min)
    expected = model(**short)[0]
    with masked_tokens(model, kept[:, 0, 0]):
        for mask in (numbers, kept):
            found = model(**given, encoder_attention_mask=mask)[0]
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("lengths", [None, (N_Q, N_K)])
@pytest.mark.parametrize("way", ["eager", "sdpa"])
def test_it_begins_as_the_attention_itself(lengths: tuple[int, int] | None, way: str) -> None:
    model, layer = attention(Place(EVEN, lengths=lengths), way)
    layer.lora_B["default"].weight.data.zero_()
    given = tokens()
    torch.testing.assert_close(model(**given)[0], layer.base_layer(**given)[0], atol=1e-6, rtol=1e-6)
    with model.disable_adapter():
        assert torch.equal(model(**given)[0], layer.base_layer(**given)[0])


@pytest.mark.parametrize(("n_q", "n_k"), [(N_Q, N_K + 1), (N_Q - 1, N_K)])
def test_a_bias_for_pairs_of_positions_refuses_another_number_of_them(n_q: int, n_k: int) -> None:
    model, _ = attention(Place(EVEN, lengths=(N_Q, N_K)))
    with pytest.raises(MismatchError, match=rf"4 query and 6 key tokens; there are {n_q} and {n_k}"):
        model(torch.randn(2, n_q, WIDTH), encoder_hidden_states=torch.randn(2, n_k, 8))


def test_the_bilinear_form_takes_any_number_of_tokens() -> None:
    model, layer = attention(Place(EVEN, scaling=2.0))
    given = {"hidden_states": torch.randn(2, 2, WIDTH), "encoder_hidden_states": torch.randn(2, 9, 8)}
    torch.testing.assert_close(model(**given)[0], written_out(layer, **given, loop=True))


def test_an_attention_that_takes_no_numbers_is_refused() -> None:
    model, layer = attention(Place(EVEN))
    layer.base_layer.config._attn_implementation = "flash_attention_2"
    with pytest.raises(MismatchError, match="flash_attention_2"):
        model(**tokens())


@pytest.mark.parametrize("combine", ["sum", "gate"])
def test_experts_in_logits_are_never_merged(combine: Any) -> None:
    model, layer = attention(Place(EVEN, combine=combine))
    before = {name: p.clone() for name, p in layer.base_layer.state_dict().items()}
    with pytest.raises(MismatchError, match="attention logits"):
        model.merge_and_unload()
    assert all(torch.equal(before[name], p) for name, p in layer.base_layer.state_dict().items())


@pytest.mark.parametrize("lengths", [None, (N_Q, N_K)])
def test_half_precision_goes_through(lengths: tuple[int, int] | None) -> None:
    model, _ = attention(Place(EVEN, lengths=lengths))
    given = tokens()
    exact = model(**given)[0].detach()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(**given)[0]
    torch.testing.assert_close(rough.float(), exact, atol=0.1, rtol=0.1)
