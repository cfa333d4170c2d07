"""Gradient checkpointing: less is kept, and the gradients are the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from milora_support import MICRO, options_of, stir
from torch.autograd.graph import saved_tensors_hooks
from vsumbench_milora.milora.adapters import add_experts
from vsumbench_milora.milora.network import MiloraNetwork, network_for
from vsumbench_milora.video_llama.backbone import new_backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from vsumbench.contracts import Seeds

PROMPT, TEXT = Prompt((1, 4), (5, 20)), TextBatch.of([(30, 31, 2), (40, 41, 42, 2)], 0)


def built(variant: str, dropout: float, **changes: Any) -> Any:
    options = options_of(variant, **changes)
    backbone = new_backbone(replace(MICRO, dropout=dropout), 7).requires_grad_(False)
    model = add_experts(network_for(backbone, options, Seeds(3)), options, Seeds(3))
    stir(model)
    return model.train()


def gradients(model: Any) -> tuple[dict[str, torch.Tensor], int]:
    """Of one loss, under one draw of dropout, and how many numbers were kept for the backward pass."""
    seen = model.get_base_model().front(torch.randn(2, 4, 3, 16, 16, generator=torch.manual_seed(1)))
    kept = 0

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        kept += tensor.numel()
        return tensor

    torch.manual_seed(9)
    with saved_tensors_hooks(pack, lambda tensor: tensor):
        total, _ = model(seen, PROMPT, TEXT)
    total.backward()
    return {name: p.grad for name, p in model.named_parameters() if p.requires_grad}, kept


@pytest.mark.parametrize("variant", ["combined", "temporal-only", "spatial-only"])
@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_checkpointed_gradients_are_the_same_to_the_last_bit(variant: str, dropout: float) -> None:
    check(variant, dropout)


@pytest.mark.parametrize(
    "changes",
    [
        {"gate_scope": "shared"},
        {"text_targets": "query-value", "top_k": 2},
        {"spatial_targets": "vit"},
        {"delta_mode": "bilinear"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_so_are_those_of_every_place_experts_may_stand_in(changes: dict[str, Any]) -> None:
    check("combined", 0.1, **changes)


def check(variant: str, dropout: float, **changes: Any) -> None:
    plain, much = gradients(built(variant, dropout, **changes))
    saved, little = gradients(built(variant, dropout, gradient_checkpointing=True, **changes))
    assert plain.keys() == saved.keys() and len(plain) > 20
    for name, gradient in plain.items():
        assert gradient is not None and torch.equal(gradient, saved[name]), name
    assert little < much / 2


def test_a_network_adapted_in_its_vit_keeps_pixels_and_learns_through_it() -> None:
    network = MiloraNetwork(new_backbone(MICRO, 7).requires_grad_(False), "spatial", 4.0)
    network.reads_pixels = True
    network.checkpoint_gradients()
    pixels = torch.randn(2, 4, 3, 16, 16)
    assert network.front(pixels) is pixels
    patch = network.backbone.vision.embeddings.patch_embedding.weight.requires_grad_(True)
    found = []
    for training in (True, False):
        network.train(training)
        assert network.backbone.vision.training is training
        network(pixels, PROMPT, TEXT)[0].backward()
        assert patch.grad is not None and patch.grad.abs().sum() > 0
        found.append(patch.grad.clone())
        patch.grad = None
    assert torch.equal(*found)
    plain = MiloraNetwork(network.backbone, "spatial", 4.0).eval()
    torch.testing.assert_close(network.see(pixels), plain.see(plain.front(pixels)))
