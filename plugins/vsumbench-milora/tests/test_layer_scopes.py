"""What gates see in the whole network: one z a branch, the prompt alone, frames in the ViT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from milora_support import MICRO, stir
from torch import Tensor
from vsumbench_milora.milora.adapters import decayed
from vsumbench_milora.milora.mixture import Mixing, balance
from vsumbench_milora.milora.targets import branch_of, part_of
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

PROMPT, TEXT = Prompt((1, 4), (5, 20)), TextBatch.of([(30, 31, 2), (40, 41, 42, 2)], 0)
Build = Callable[..., Any]
WIDE = {"spatial_targets": "qformer-attn", "temporal_targets": "attn+ffn"}


def pixels(count: int = 2) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(count, 4, 3, 16, 16)


def layers_of(model: Any, part: str) -> list[Any]:
    return [
        layer for name, layer in model.named_modules() if isinstance(layer, Mixing) and part_of(name) == part
    ]


def loss_of(model: Any, seen: Tensor) -> Tensor:
    total: Tensor = model(seen, PROMPT, TEXT)[0]
    return total


def test_all_layers_of_a_branch_share_the_mean_of_its_frame_tokens(adapted: Build) -> None:
    model = adapted(gate_scope="shared", **WIDE)
    stir(model)
    network = model.get_base_model()
    vision = network.front(pixels())
    frames = network.backbone.read_frames(vision)
    spatial, temporal = layers_of(model, "spatial"), layers_of(model, "temporal")
    assert len(spatial) == 12 and len(temporal) == 20
    network.backbone.mix_time(frames)
    placed = frames + network.backbone.frame_positions[:4, None]
    for layers, z in ((spatial, vision.flatten(0, 1).mean(dim=1)), (temporal, placed.flatten(1, 2).mean(1))):
        assert {id(layer.scope) for layer in layers} == {id(layers[0].scope)}
        torch.testing.assert_close(layers[0].scope.z, z)
        assert {layer.lora_gate["default"].in_features for layer in layers} == {z.shape[-1]}


def test_the_vit_shares_the_mean_of_its_own_tokens(adapted: Build) -> None:
    model = adapted(gate_scope="shared", spatial_targets="vit")
    network = model.get_base_model()
    network.backbone.encode_frames(pixels())
    z = network.backbone.vision.embeddings(pixels().flatten(0, 1)).mean(dim=1)
    assert len(layers_of(model, "vision")) == 4
    torch.testing.assert_close(layers_of(model, "vision")[0].scope.z, z)


@pytest.mark.parametrize("gate_scope", ["own", "shared"])
@pytest.mark.parametrize("targets", [{}, {"spatial_targets": "vit"}, {"text_targets": "query-value"}])
def test_a_video_is_seen_and_told_the_same_beside_any_other(
    adapted: Build, gate_scope: str, targets: dict[str, str]
) -> None:
    model = adapted(gate_scope=gate_scope, **targets)
    stir(model)
    network = model.get_base_model()
    seen = network.front(pixels())
    together = network.see(seen)
    torch.testing.assert_close(together[1:], network.see(seen[1:]), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("gate_scope", ["own", "shared"])
def test_experts_of_the_language_model_do_not_see_what_they_predict(adapted: Build, gate_scope: str) -> None:
    model = adapted(gate_scope=gate_scope, text_targets="query-value")
    stir(model, 0.6)
    network = model.get_base_model()
    seen = network.front(pixels())
    asked: list[Tensor] = []
    network.backbone.language.register_forward_hook(lambda module, given, found: asked.append(found.logits))
    for last in (42, 43):
        text = TextBatch.of([(30, 31, 32, 2), (40, 41, last, 2)], 0)
        model(seen, PROMPT, text)
    torch.testing.assert_close(asked[0][:, :3], asked[1][:, :3])
    assert not torch.allclose(asked[0][1, 3], asked[1][1, 3])


@pytest.mark.parametrize("gate_scope", ["own", "shared"])
def test_the_language_model_writes_with_the_mixture_it_was_trained_with(
    adapted: Build, gate_scope: str
) -> None:
    model = adapted(gate_scope=gate_scope, text_targets="query-value")
    stir(model, 0.6)
    backbone = model.get_base_model().backbone
    with torch.no_grad():
        visual = model.get_base_model().see(model.get_base_model().front(pixels()))
        written = backbone.generate(visual, PROMPT, max_new_tokens=5, end=2, padding=0)
        asked: list[Tensor] = []
        hook = backbone.language.register_forward_hook(
            lambda module, given, found: asked.append(found.logits)
        )
        # Each token must be the likeliest by the loss's own logits, computed in one go without a cache.
        backbone.language_loss(visual, PROMPT, TextBatch.of([[*row, 2] for row in written], 0))
        hook.remove()
    found = asked[0].argmax(dim=-1)
    for row, ids in enumerate(written):
        assert found[row, : len(ids)].tolist() == ids
    assert any(len(row) > 1 for row in written)


def test_padding_in_front_of_a_prompt_changes_no_mixture(adapted: Build) -> None:
    model = adapted(text_targets="query-value")
    stir(model, 0.6)
    language = model.get_base_model().backbone.language
    layer = layers_of(model, "text")[0]
    torch.manual_seed(2)
    sequence = torch.randn(1, 6, MICRO.language.width)
    mask = torch.tensor([[0, 0, 1, 1, 1, 1]])
    scores = []
    with torch.no_grad():
        for embedded, given in ((sequence[:, 2:], None), (sequence, mask)):
            language(inputs_embeds=embedded, attention_mask=given, logits_to_keep=1)
            scores.append(layer._held)
        language(inputs_embeds=sequence, logits_to_keep=1)
    torch.testing.assert_close(scores[0], scores[1])
    assert not torch.allclose(scores[0], layer._held)


def test_how_many_tokens_are_predicted_must_be_said(adapted: Build) -> None:
    model = adapted(text_targets="query-value")
    with pytest.raises(RuntimeError, match="how many tokens are predicted"):
        model.get_base_model().backbone.language(inputs_embeds=torch.zeros(1, 3, MICRO.language.width))


@pytest.mark.parametrize("delta_mode", ["bilinear", "logit-bias"])
@pytest.mark.parametrize("frames", [4, 3])
def test_a_bias_of_positions_is_for_one_number_of_frames(
    adapted: Build, delta_mode: str, frames: int
) -> None:
    from vsumbench.errors import MismatchError

    network = adapted(delta_mode=delta_mode, num_frames=4, rank_share=0.2).get_base_model()
    seen = network.front(pixels()[:, :frames])
    if delta_mode == "logit-bias" and frames == 3:
        with pytest.raises(MismatchError, match="6 query and 8 key tokens; there are 6 and 6"):
            network.see(seen)
    else:
        assert network.see(seen).shape == (2, 6, MICRO.language.width)


@pytest.mark.parametrize("targets", ["patch-conv", "vit"])
def test_nothing_behind_an_adapted_vit_is_kept_between_epochs(
    adapted: Build, backbone: Backbone, targets: str
) -> None:
    model = adapted(spatial_targets=targets).train()
    network = model.get_base_model()
    given = pixels()
    assert network.front(given) is given
    torch.testing.assert_close(
        network.backbone.encode_frames(given), backbone.encode_frames(given), atol=1e-6, rtol=1e-6
    )
    loss_of(model, given).backward()
    spatial = [p for name, p in model.named_parameters() if "lora_B" in name and branch_of(name) == "spatial"]
    assert spatial and all(p.grad is not None and p.grad.any() for p in spatial)


@pytest.mark.parametrize("targets", ["patch-conv", "vit"])
def test_without_spatial_experts_the_front_is_kept_whatever_their_targets_would_be(
    adapted: Build, targets: str
) -> None:
    network = adapted("temporal-only", spatial_targets=targets).get_base_model()
    assert network.front(pixels()).shape == (2, 4, MICRO.image_qformer.queries, MICRO.width)


def test_trained_frame_positions_take_the_steps_the_table_would_take(
    adapted: Build, backbone: Backbone
) -> None:
    model = adapted(train_positions=True)
    network = model.get_base_model()
    seen = network.front(pixels())
    table = network.backbone.frame_positions
    table.requires_grad_(True)
    loss_of(model, seen).backward()
    shift = dict(model.named_parameters())["base_model.model.positions.modules_to_save.default.shift"]
    assert shift.shape == table.shape and shift.grad is not None and table.grad is not None
    torch.testing.assert_close(shift.grad, table.grad)
    assert shift.grad[:4].any() and not shift.grad[4:].any()
    table.requires_grad_(False)
    with torch.no_grad():
        shift.copy_(torch.randn(shift.shape))
    moved = network.see(seen)
    network.positions = None
    table.data += shift.detach()
    torch.testing.assert_close(network.see(seen), moved)


def test_experts_of_the_language_model_are_decayed_with_the_temporal_ones(adapted: Build) -> None:
    plain, more = adapted(), adapted(text_targets="query-value")
    # A, B and alpha in two layers of two.
    assert len(decayed(more)["temporal"]) == len(decayed(plain)["temporal"]) + 12


def test_the_balance_of_a_whole_network_reaches_its_gates(adapted: Build) -> None:
    model = adapted(top_k=1).train()
    gates = [p for name, p in model.named_parameters() if "lora_gate" in name and name.endswith("bias")]
    for bias in gates:
        bias.data[0] = 2.0
    loss_of(model, model.get_base_model().front(pixels()))
    found = balance(model)
    chosen = torch.tensor([2.0, 0.0, 0.0, 0.0]).softmax(dim=0)[0]
    torch.testing.assert_close(found.detach(), 4 * chosen)
    found.backward()
    assert len(gates) == 18 and all(p.grad is not None and p.grad[0] > 0 for p in gates)


@pytest.mark.parametrize(
    "changes",
    [
        {"text_targets": "query-value", "gate_scope": "shared", "top_k": 2},
        *(
            pytest.param(changes, marks=pytest.mark.slow)
            for changes in (
                {"delta_mode": "bilinear"},
                {"delta_mode": "logit-bias", "num_frames": 4, "rank_share": 0.2},
                {"text_targets": "query-value"},
                {"spatial_targets": "vit"},
            )
        ),
    ],
    ids=str,
)
def test_layers_recomputed_in_the_backward_pass_give_the_same_gradients(
    adapted: Build, changes: dict[str, Any]
) -> None:
    found = []
    for checkpointed in (False, True):
        model = adapted(**changes).train()
        stir(model)
        network = model.get_base_model()
        if checkpointed:
            for part in ("video_qformer", "image_qformer", "language", "vision"):
                getattr(network.backbone, part).gradient_checkpointing_enable(
                    gradient_checkpointing_kwargs={"use_reentrant": False}
                )
        loss_of(model, network.front(pixels())).backward()
        found.append({name: p.grad for name, p in model.named_parameters() if p.grad is not None})
    assert found[0].keys() == found[1].keys()
    for name, grad in found[0].items():
        torch.testing.assert_close(found[1][name], grad, atol=1e-5, rtol=1e-4, msg=name)
