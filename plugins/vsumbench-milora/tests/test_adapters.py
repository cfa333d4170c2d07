"""Experts in the network: where they go, how many they are, what each variant trains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from milora_support import MICRO, options_of, stir
from vsumbench_milora.milora.adapters import add_experts, branch_of, trainable_parameters
from vsumbench_milora.milora.fusion import Fusion, spatial_summary
from vsumbench_milora.milora.layer import MixtureLinear
from vsumbench_milora.milora.network import MiloraNetwork
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.config import PAPER_7B, TINY
from vsumbench_milora.video_llama.counting import empty_backbone
from vsumbench_milora.video_llama.prompt import Prompt, TextBatch

from vsumbench.contracts import Seeds
from vsumbench.errors import MismatchError

PROMPT, TEXT = Prompt((1, 4), (5, 20)), TextBatch.of([(30, 31, 2), (40, 41, 42, 2)], 0)
Build = Callable[..., Any]


def counts(variant: str = "combined", config: Any = PAPER_7B, **changes: Any) -> dict[str, int]:
    options = options_of(variant, **changes)
    with torch.device("meta"):
        network = MiloraNetwork(empty_backbone(config), options.branches, options.fusion_start)
        return trainable_parameters(add_experts(network, options, None))


@pytest.mark.parametrize(
    ("share", "temporal", "spatial"),
    [(0.01, 835_712, 903_264), (0.02, 1_622_144, 1_738_848), (0.022, 1_720_448, 1_843_296)],
)
def test_at_paper_size_the_experts_have_the_number_of_parameters_of_the_sheet(
    share: float, temporal: int, spatial: int
) -> None:
    assert counts(rank_share=share) == {"temporal experts": temporal, "spatial experts": spatial, "fusion": 1}


def test_the_wide_targets_have_the_number_of_parameters_of_the_sheet() -> None:
    assert counts(rank_share=0.01, spatial_targets="qformer-attn")["spatial experts"] == 4_037_184
    # Beside the 16 of attention, two of feed-forward in each layer: gate, alpha, A and B.
    feed_forward = 2 * ((4 * 769 + 4 + 32 * 3840) + (4 * 3073 + 4 + 32 * 3840))
    assert counts(rank_share=0.01, temporal_targets="attn+ffn")["temporal experts"] == 835_712 + feed_forward


def test_at_tiny_size_a_few_percent_of_the_network_are_trained() -> None:
    found = counts(config=TINY)
    total = sum(p.numel() for p in empty_backbone(TINY).parameters())
    assert found["fusion"] == 1 and 0.02 < sum(found.values()) / total < 0.1


@pytest.mark.parametrize(
    ("variant", "changes", "expected"),
    [
        ("combined", {}, {"temporal": 16, "spatial": 2}),
        ("temporal-only", {}, {"temporal": 16}),
        ("spatial-only", {}, {"spatial": 2}),
        ("combined", {"temporal_targets": "attn+ffn"}, {"temporal": 20, "spatial": 2}),
        ("spatial-only", {"spatial_targets": "qformer-attn"}, {"spatial": 12}),
    ],
)
def test_experts_stand_where_they_should(
    adapted: Build, variant: str, changes: dict[str, Any], expected: dict[str, int]
) -> None:
    model = adapted(variant, **changes)
    layers = [name for name, part in model.named_modules() if isinstance(part, MixtureLinear)]
    assert Counter(map(branch_of, layers)) == expected
    if "spatial_targets" not in changes:
        spatial = [name for name in layers if branch_of(name) == "spatial"]
        assert all(
            name.endswith(("crossattention.attention.key", "crossattention.attention.value"))
            for name in spatial
        )


def test_each_layer_has_the_rank_of_its_own_sides_and_the_scaling_of_the_options(adapted: Build) -> None:
    model = adapted(rank_share=0.2, scaling=3.0)
    ranks = {
        branch_of(name): (part.r["default"], part.scaling["default"])
        for name, part in model.named_modules()
        if isinstance(part, MixtureLinear)
    }
    # min(24, 24) and min(24, 16).
    assert ranks == {"temporal": (5, 3.0), "spatial": (4, 3.0)}


@pytest.mark.parametrize("variant", ["combined", "spatial-only", "temporal-only"])
def test_before_training_experts_change_nothing(adapted: Build, backbone: Backbone, variant: str) -> None:
    pixels = torch.randn(2, 4, 3, 16, 16)
    expected = backbone.mix_time(backbone.read_frames(backbone.encode_frames(pixels)))
    model = adapted(variant)
    network = model.get_base_model()
    frames = network.front(pixels)
    if network.reads_frames:
        frames = network.backbone.read_frames(frames)
    assert torch.equal(network.backbone.mix_time(frames), expected)
    if variant == "temporal-only":
        assert network.fusion is None
        assert torch.equal(network.see(network.front(pixels)), backbone.to_language(expected))
    else:
        a = torch.sigmoid(torch.tensor(4.0))
        fused = a * expected + (1 - a) * spatial_summary(frames, MICRO.video_qformer.queries)
        torch.testing.assert_close(network.see(network.front(pixels)), backbone.to_language(fused))


@pytest.mark.parametrize("variant", ["combined", "spatial-only", "temporal-only"])
def test_each_variant_trains_its_own_parameters_and_no_other(adapted: Build, variant: str) -> None:
    model = adapted(variant)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    model.train()
    seen = model.get_base_model().front(torch.randn(2, 4, 3, 16, 16))
    for _ in range(3):
        optimizer.zero_grad()
        model(seen, PROMPT, TEXT)[0].backward()
        optimizer.step()
    changed = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    own = {"combined": {"temporal", "spatial"}, "spatial-only": {"spatial"}, "temporal-only": {"temporal"}}[
        variant
    ]
    assert {branch_of(name) for name in changed if "lora_" in name} == own
    assert changed == {name for name, p in model.named_parameters() if p.requires_grad}
    others = changed - {name for name in changed if "lora_" in name}
    assert others == (
        set() if variant == "temporal-only" else {"base_model.model.fusion.modules_to_save.default.s"}
    )
    present = {branch_of(name) for name, _ in model.named_parameters() if "lora_" in name}
    assert present == own


def test_what_is_kept_between_epochs_stays_in_evaluation_mode(adapted: Build) -> None:
    for variant, frozen in (("combined", False), ("temporal-only", True)):
        model = adapted(variant).train()
        backbone = model.get_base_model().backbone
        assert not any(part.training for part in backbone.vision.modules())
        assert any(part.training for part in backbone.image_qformer.modules()) is not frozen
        assert backbone.video_qformer.training
        assert not any(part.training for part in model.eval().modules())


def test_experts_depend_on_the_seeds_and_the_place_alone(backbone: Backbone) -> None:
    def drawn(variant: str, seed: int) -> dict[str, torch.Tensor]:
        torch.manual_seed(seed)
        options = options_of(variant)
        network = MiloraNetwork(backbone.__class__(MICRO), options.branches, 4.0)
        model = add_experts(network, options, Seeds(3))
        return {name: p for name, p in model.named_parameters() if "lora_A" in name}

    combined, temporal = drawn("combined", 1), drawn("temporal-only", 2)
    assert len(combined) == 18 and len(temporal) == 16
    assert all(torch.equal(combined[name], value) for name, value in temporal.items())


def test_the_network_goes_through_the_ranks_of_any_input_dtype(adapted: Build) -> None:
    model = adapted()
    stir(model, 0.05)
    seen = model.get_base_model().front(torch.randn(2, 4, 3, 16, 16))
    exact = model(seen, PROMPT, TEXT)[0].detach()
    double = model.double()(seen.double(), PROMPT, TEXT)[0].detach()
    assert float(double) == pytest.approx(float(exact), rel=1e-4)
    model.float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = model(seen, PROMPT, TEXT)[0].detach()
    assert float(rough) == pytest.approx(float(exact), rel=5e-2)


def test_fusion_is_a_convex_mixture() -> None:
    y_t, y_s = torch.randn(2, 6, 8), torch.randn(2, 6, 8)
    torch.testing.assert_close(Fusion(0.0)(y_t, y_s), (y_t + y_s) / 2)
    torch.testing.assert_close(Fusion(30.0)(y_t, y_s), y_t)


def test_the_spatial_summary_is_the_mean_over_frames_where_numbers_of_tokens_agree() -> None:
    frames = torch.randn(2, 7, 3, 5)
    torch.testing.assert_close(spatial_summary(frames, 3), frames.mean(dim=1))


def test_the_spatial_summary_has_one_mean_a_stretch_of_time_where_a_video_has_more_tokens() -> None:
    frames = torch.randn(2, 6, 3, 5)
    stretches = torch.cat([frames[:, :2].mean(1), frames[:, 2:4].mean(1), frames[:, 4:].mean(1)], dim=1)
    torch.testing.assert_close(spatial_summary(frames, 9), stretches)
    assert spatial_summary(frames[:, :1], 9).shape == (2, 9, 5)
    with pytest.raises(MismatchError, match="10 tokens"):
        spatial_summary(frames, 10)
