"""Sizes of the published model, counted without allocating them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from online_support import MICRO, adapted, options_of, write_tiny
from runs_support import Machine
from vsumbench_milora.videollm_online.adapters import empty_model, parameter_counts
from vsumbench_milora.videollm_online.live.sizes import PAPER
from vsumbench_milora.videollm_online.options import OnlineOptions
from vsumbench_milora.videollm_online.spec import VIDEOLLM_ONLINE

LORA, CONNECTOR = 352_485_376, 20_979_712


@pytest.fixture(scope="module")
def counted() -> Mapping[str, object]:
    """What `info` says of the paper's preset on a machine without weights."""
    bare = Machine(weights=Path("/nowhere"), home=Path("/nowhere"))
    found: Mapping[str, object] = bare.call("info", "videollm-online", "--preset", "paper", "--json").result
    return found


def test_info_counts_the_published_adapter_and_connector(counted: Mapping[str, object]) -> None:
    parts = json.loads(json.dumps(counted["sizes"]))["parts"]
    assert parts["LoRA"] == {"total": LORA, "trainable": LORA}
    assert parts["connector"] == {"total": CONNECTOR, "trainable": CONNECTOR}
    assert parts["language model"] == {"total": 8_030_261_248, "trainable": 0}
    assert parts["frame encoder"]["trainable"] == 0


def test_the_trainable_share_is_that_of_the_sheet(counted: Mapping[str, object]) -> None:
    sizes = json.loads(json.dumps(counted["sizes"]))
    assert sizes["trainable"] == LORA + CONNECTOR == 373_465_088
    beside = sizes["total"] - sizes["parts"]["frame encoder"]["total"]
    assert round(beside / 1e9, 2) == 8.40 and round(100 * sizes["trainable"] / beside, 1) == 4.4


def test_the_adapter_grows_with_its_rank_and_reaches_the_head() -> None:
    vision, language = MICRO.vision.config(), MICRO.language.config()
    small, large = (
        parameter_counts(empty_model(vision, language, options_of(rank=rank)))["LoRA"] for rank in (2, 4)
    )
    assert large == 2 * small
    size = MICRO.language
    wide = size.width * size.kv_heads // size.heads
    layer = 2 * 2 * size.width + 2 * (size.width + wide) + 3 * (size.width + size.mlp)
    assert small == 2 * (size.layers * layer + size.width + size.vocabulary)


def test_adapter_and_connector_alone_are_trainable() -> None:
    model = adapted()
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert all(".lora_" in name or ".connector.modules_to_save." in name for name in trained)
    counts = parameter_counts(model)
    assert (
        sum(p.numel() for p in model.parameters() if p.requires_grad) == counts["LoRA"] + counts["connector"]
    )


def test_the_tiny_preset_counts_its_own_files(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    machine = Machine(weights=tmp_path, home=tmp_path)
    sizes = machine.call("info", "videollm-online", "--preset", "tiny", "--json").result["sizes"]
    assert sizes["parts"]["connector"]["total"] == 16 * 32 + 32 + 32 * 32 + 32
    assert 0 < sizes["trainable"] < sizes["total"]


def test_variants_and_presets_are_those_of_the_sheet() -> None:
    spec = VIDEOLLM_ONLINE
    assert [preset.id for preset in spec.presets] == ["paper", "tiny"]
    assert [variant.id for variant in spec.variants] == ["offline", "stream"]
    assert [task.value for task in spec.as_variant(spec.variants[0]).tasks] == ["v2t"]
    assert {task.value for task in spec.as_variant(spec.variants[1]).tasks} == {"v2t", "v2v", "v2vt"}
    defaults = OnlineOptions()
    assert (defaults.rank, defaults.alpha, defaults.dropout, defaults.warmup) == (128, 256.0, 0.05, 0.05)
    assert (defaults.max_frames, defaults.stream_loss_weight, defaults.stream_threshold) == (1200, 1.0, 0.725)
    assert (defaults.batch_size, defaults.learning_rate, defaults.epochs) == (64, 1e-4, 5)


def test_every_weight_says_its_licence_and_where_it_comes_from() -> None:
    for weights in VIDEOLLM_ONLINE.weights:
        assert weights.licence and bool(weights.origin) != bool(weights.maker)
    licences = {weights.id: weights.licence for weights in VIDEOLLM_ONLINE.weights}
    assert "Llama 3 community" in licences["llama-3-8b-instruct"]
    assert licences["siglip-large-patch16-384"] == "Apache-2.0"


@pytest.mark.parametrize(
    "change",
    [
        {"grid": -1},
        {"stream_threshold": 1.5},
        {"rank": 0},
        {"alpha": 0.0},
        {"warmup": 2.0},
        {"max_frames": 0},
    ],
)
def test_values_that_cannot_be_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        OnlineOptions(**change)  # type: ignore[arg-type]


def test_heads_share_keys_and_values_in_groups() -> None:
    config = PAPER.language.config()
    assert (config.num_attention_heads, config.num_key_value_heads) == (32, 8)
