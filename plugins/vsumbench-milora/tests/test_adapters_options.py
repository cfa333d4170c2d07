"""Every option in the network: counts at paper size, the start, saving and loading."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from milora_support import MICRO, Bench, noise_video, options_of, stir
from test_adapters import counts
from vsumbench_milora.milora.adapters import branch_of
from vsumbench_milora.milora.mixture import Mixing
from vsumbench_milora.milora.model import Milora, network_of
from vsumbench_milora.milora.network import MiloraNetwork
from vsumbench_milora.milora.storing import _STRUCTURE
from vsumbench_milora.milora.targets import places_of
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.config import PAPER_7B
from vsumbench_milora.video_llama.counting import empty_backbone
from vsumbench_milora.video_llama.prompt import Prompt

from vsumbench.errors import DataDamagedError, MismatchError, OptionValueError

PROMPT = Prompt((1, 4), (5, 20))
Build = Callable[..., Any]
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "gate": {"combine": "gate"},
    "alpha": {"combine": "alpha"},
    "sum": {"combine": "sum"},
    "bilinear": {"delta_mode": "bilinear", "temporal_targets": "attn+ffn"},
    "bilinear, by head": {"delta_mode": "bilinear", "bias_per_head": True},
    "logit-bias": {"delta_mode": "logit-bias", "rank_share": 0.3},
    "logit-bias, by head": {"delta_mode": "logit-bias", "bias_per_head": True, "combine": "sum"},
    "shared": {"gate_scope": "shared", "temporal_targets": "attn+ffn", "spatial_targets": "qformer-attn"},
    "top k": {"top_k": 2},
    "ranks": {"ranks": (1, 3, 2, 1)},
    "padded": {"pad_rank": True, "rank_share": 0.1},
    "one expert": {"experts": 1},
    "patch-conv": {"spatial_targets": "patch-conv"},
    "vit": {"spatial_targets": "vit", "gate_scope": "shared"},
    "text": {"text_targets": "query-value"},
    "positions": {"train_positions": True},
    "all at once": {
        "delta_mode": "bilinear",
        "gate_scope": "shared",
        "top_k": 2,
        "ranks": (1, 3, 2, 1),
        "spatial_targets": "vit",
        "text_targets": "query-value",
        "train_positions": True,
        "pad_rank": True,
    },
}
_QUICK = ("default", "logit-bias", "all at once")
EACH = pytest.mark.parametrize("changes", OPTIONS.values(), ids=OPTIONS.keys())
EACH_SOME_SLOWLY = pytest.mark.parametrize(
    "changes",
    [
        pytest.param(changes, id=name, marks=() if name in _QUICK else pytest.mark.slow)
        for name, changes in OPTIONS.items()
    ],
)
LEAN = replace(
    PAPER_7B, language=replace(PAPER_7B.language, layers=1), vision=replace(PAPER_7B.vision, layers=1)
)
"""Both Q-Formers in the published size. Of the ViT and the language model, one layer of 39 and of 32."""


def linear(d_out: int, d_in: int, rank: int, experts: int = 4, gate: int | None = None) -> int:
    """Parameters of a mixture beside a matrix: gate, alpha, A and B."""
    return experts * ((d_in if gate is None else gate) + 1 + 1 + rank * (d_out + d_in))


@pytest.mark.parametrize(
    ("changes", "part", "expected"),
    [
        ({"spatial_targets": "patch-conv"}, "spatial experts", 50_264),
        ({"spatial_targets": "qformer-attn"}, "spatial experts", 4_037_184),
        ({"temporal_targets": "attn"}, "temporal experts", 835_712),
        (
            {"temporal_targets": "attn+ffn"},
            "temporal experts",
            835_712 + 2 * (linear(3072, 768, 8) + linear(768, 3072, 8)),
        ),
        (
            {"spatial_targets": "vit"},
            "spatial experts",
            linear(3 * 1408, 1408, 15)
            + linear(1408, 1408, 15)
            + linear(6144, 1408, 15)
            + linear(1408, 6144, 15),
        ),
        ({"text_targets": "query-value"}, "text experts", 2 * linear(4096, 4096, 41)),
        ({"train_positions": True}, "trained frame positions", 24_576),
        ({"delta_mode": "bilinear"}, "temporal experts", 4 * linear(768, 768, 8)),
        # Rank from min(n_q, n_k) = 32: 1 at p = 0.01. The gate is as wide as the keys' tokens.
        (
            {"delta_mode": "logit-bias", "num_frames": 32},
            "temporal experts",
            2 * (linear(32, 32, 1, gate=768) + linear(32, 1024, 1, gate=768)),
        ),
        ({"ranks": (4, 8, 12, 8)}, "temporal experts", 835_712),
        ({"pad_rank": True, "rank_share": 0.022}, "temporal experts", 1_720_448),
        ({"gate_scope": "shared"}, "temporal experts", 835_712),
        ({"top_k": 2}, "temporal experts", 835_712),
        ({"combine": "sum"}, "temporal experts", 16 * 4 * 8 * 2 * 768),
    ],
    ids=str,
)
def test_at_paper_size_every_option_has_the_parameters_its_formula_says(
    changes: dict[str, Any], part: str, expected: int
) -> None:
    assert counts(config=LEAN, **{"rank_share": 0.01} | changes)[part] == expected


def test_experts_for_each_head_are_as_many_times_more() -> None:
    shared, own = (
        counts(config=LEAN, rank_share=0.01, delta_mode="logit-bias", num_frames=32, bias_per_head=heads)[
            "temporal experts"
        ]
        for heads in (False, True)
    )
    matrices = 2 * 4 * (32 + 32 + 32 + 1024)
    assert own - shared == 11 * matrices


def test_at_paper_size_the_vit_and_the_language_model_have_as_many_layers_as_the_sheet_says() -> None:
    with torch.device("meta"):
        network = MiloraNetwork(empty_backbone(PAPER_7B), "spatial", 4.0)
    options = options_of(spatial_targets="vit", text_targets="query-value", branches="spatial")
    assert Counter(map(branch_of, places_of(network, options))) == {"spatial": 156, "text": 64}


@EACH
def test_before_training_no_option_changes_what_the_backbone_sees(
    adapted: Build, backbone: Backbone, changes: dict[str, Any]
) -> None:
    pixels = torch.randn(2, 4, 3, 16, 16)
    expected = backbone.mix_time(backbone.read_frames(backbone.encode_frames(pixels)))
    network = adapted(**{"num_frames": 4} | changes).get_base_model()
    found = network.backbone.mix_time(network.backbone.read_frames(network.backbone.encode_frames(pixels)))
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-6)


@EACH_SOME_SLOWLY
def test_what_was_saved_under_any_option_is_loaded(
    weights: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    options = options_of(**{"num_frames": 4, "max_new_tokens": 12} | changes)
    model, fresh = (Milora(options, Bench(tmp_path, options).context()) for _ in range(2))
    trained, _ = model._ready()
    stir(trained, 0.1)
    folder = tmp_path / "saved"
    model.save(folder)
    fresh.load(folder)
    assert fresh._built is not None
    seen = network_of(trained).front(torch.randn(2, 4, 3, 16, 16))
    with torch.no_grad():
        expected, found = (network_of(one).see(seen, PROMPT) for one in (trained, fresh._built[0]))
    assert torch.equal(expected, found)
    video = noise_video("v")
    texts = [
        [one.text for one in each.summarize([video], Bench(tmp_path).context())] for each in (model, fresh)
    ]
    assert texts[0] == texts[1]
    settings = json.loads((folder / "milora_config.json").read_text())
    assert settings.keys() >= set(_STRUCTURE)


OTHERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {},
        {
            "alignment": "none",
            "alignment_width": 8,
            "branches": "temporal",
            "combine": "gate",
            "delta_mode": "bilinear",
            "experts": 3,
            "gate_scope": "shared",
            "rank_share": 0.2,
            "ranks": (2, 2, 2, 2),
            "scaling": 1.0,
            "spatial_targets": "vit",
            "temporal_targets": "attn+ffn",
            "text_targets": "query-value",
            "top_k": 1,
            "train_positions": True,
            "visual_input": "resnet50",
        },
    ),
    ({"delta_mode": "logit-bias"}, {"bias_per_head": True, "num_frames": 4}),
]


@pytest.mark.parametrize(("first", "others"), OTHERS)
def test_another_structure_than_was_saved_is_refused(
    weights: Path, tmp_path: Path, first: dict[str, Any], others: dict[str, Any]
) -> None:
    options = options_of(**first)
    Milora(options, Bench(tmp_path, options).context()).save(tmp_path / "saved")
    for name, value in others.items():
        other = options_of(**first | {name: value})
        with pytest.raises(MismatchError, match=f"was saved with {name}="):
            Milora(other, Bench(tmp_path, other).context()).load(tmp_path / "saved")


def test_every_option_of_structure_is_among_those_tried() -> None:
    assert set(_STRUCTURE) <= {name for _, others in OTHERS for name in others}


def test_another_rank_in_the_configuration_of_peft_is_refused(weights: Path, tmp_path: Path) -> None:
    options = options_of()
    Milora(options, Bench(tmp_path, options).context()).save(tmp_path / "saved")
    path = tmp_path / "saved" / "adapter_config.json"
    config = json.loads(path.read_text())
    config["rank_pattern"] = {name: rank + 1 for name, rank in config["rank_pattern"].items()}
    path.write_text(json.dumps(config))
    with pytest.raises(DataDamagedError, match="in the configuration"):
        Milora(options, Bench(tmp_path, options).context()).load(tmp_path / "saved")


def test_settings_of_an_older_format_are_refused(weights: Path, tmp_path: Path) -> None:
    options = options_of()
    Milora(options, Bench(tmp_path, options).context()).save(tmp_path / "saved")
    path = tmp_path / "saved" / "milora_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))
    with pytest.raises(DataDamagedError, match="format 1"):
        Milora(options, Bench(tmp_path, options).context()).load(tmp_path / "saved")


def test_a_rank_larger_than_a_layer_is_refused(adapted: Build) -> None:
    with pytest.raises(OptionValueError, match=r"where no rank is above 16"):
        adapted(ranks=(2, 2, 2, MICRO.vision.width + 1))


@pytest.mark.parametrize(
    "changes", [{"combine": "sum"}, {"combine": "alpha", "spatial_targets": "patch-conv"}]
)
def test_a_network_with_constant_mixtures_is_merged_whole(adapted: Build, changes: dict[str, str]) -> None:
    model = adapted(**changes)
    stir(model, 0.1)
    network = model.get_base_model()
    seen = network.front(torch.randn(2, 4, 3, 16, 16))
    expected = network.see(seen)
    merged = model.merge_and_unload()
    assert not any(isinstance(part, Mixing) for part in merged.modules())
    torch.testing.assert_close(merged.see(seen), expected, atol=1e-5, rtol=1e-5)


def test_where_one_layer_cannot_be_merged_none_is(adapted: Build) -> None:
    model = adapted(delta_mode="bilinear", combine="sum")
    stir(model, 0.1)
    before = {name: p.clone() for name, p in model.state_dict().items()}
    with pytest.raises(MismatchError, match="attention logits"):
        model.merge_and_unload()
    after = model.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("targets", ["patch-conv", "vit"])
def test_with_experts_in_the_vit_no_kept_output_of_it_is_read(
    weights: Path, tmp_path: Path, targets: str
) -> None:
    options = options_of(spatial_targets=targets, num_frames=2, disk_gib=1.0)
    model = Milora(options, Bench(tmp_path, options).context())
    sight = model._sight(model._ready()[0])
    assert sight.batch([noise_video("v")]).shape == (1, 2, 3, MICRO.vision.image, MICRO.vision.image)
