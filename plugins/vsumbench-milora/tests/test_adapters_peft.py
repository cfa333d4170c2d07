"""What of peft 0.21 is relied upon: that it is there, and does what it is taken to do."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from milora_support import Bench, options_of, stir
from mixture_support import mixture
from peft import LoraConfig, PeftModel
from peft.tuners.lora import layer as peft_layer
from peft.tuners.lora.layer import LoraLayer
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file
from torch import nn
from vsumbench_milora.milora.mixture import Mixing
from vsumbench_milora.milora.model import Milora
from vsumbench_milora.milora.network import MiloraNetwork
from vsumbench_milora.milora.place import Place
from vsumbench_milora.video_llama.loading import load


def test_the_version_is_the_pinned_one() -> None:
    assert peft.__version__.split(".")[:2] == ["0", "21"]


def test_peft_takes_no_tuner_from_outside_by_name() -> None:
    with pytest.raises((KeyError, ValueError)):
        peft.PeftType("MILORA")


def test_a_custom_module_is_asked_first_and_is_told_its_place_and_rank() -> None:
    told: list[dict[str, Any]] = []

    class Custom(peft_layer.Linear):
        def __init__(self, base_layer: nn.Module, adapter_name: str, config: LoraConfig, **kwargs: Any):
            told.append(kwargs)
            super().__init__(base_layer, adapter_name, config, **kwargs)

    config = LoraConfig(
        r=3,
        lora_alpha=6,
        target_modules=r"part\.0",
        rank_pattern={r"part\.0": 5},
        alpha_pattern={r"part\.0": 1},
    )
    config._register_custom_module({nn.Linear: Custom})
    host = nn.ModuleDict({"part": nn.Sequential(nn.Linear(4, 4))})
    made = PeftModel(host, config).get_base_model()
    assert type(made["part"][0]) is Custom
    assert [(one["target_name"], one["r"], one["lora_alpha"]) for one in told] == [("part.0", 5, 1)]


def test_the_mapping_of_custom_modules_is_not_saved(tmp_path: Path) -> None:
    config = LoraConfig(target_modules="layer")
    config._register_custom_module({nn.Linear: peft_layer.Linear})
    config.save_pretrained(str(tmp_path))
    loaded = LoraConfig.from_pretrained(str(tmp_path))
    assert isinstance(loaded, LoraConfig) and loaded._custom_modules is None


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (
            LoraLayer,
            ("update_layer", "set_adapter", "_move_adapter_to_device_of_base_layer", "_get_in_out_features"),
        ),
        (BaseTunerLayer, ("get_base_layer", "active_adapters", "disable_adapters", "merged", "merge")),
        (peft_layer.Linear, ("get_delta_weight", "merge", "unmerge", "forward")),
        (peft_layer.Conv2d, ("get_delta_weight", "merge", "unmerge", "forward")),
    ],
)
def test_what_the_layers_override_or_call_is_there(owner: type, names: tuple[str, ...]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == []


def test_update_layer_is_called_as_it_is_overridden() -> None:
    for owner in (LoraLayer, peft_layer.Conv2d):
        parameters = list(inspect.signature(owner.update_layer).parameters)
        assert parameters[:5] == ["self", "adapter_name", "r", "lora_alpha", "config"]
    assert Mixing.adapter_layer_names[:5] == LoraLayer.adapter_layer_names


def test_tensors_of_ours_are_trainable_saved_and_moved_like_those_of_peft(tmp_path: Path) -> None:
    model, _ = mixture(nn.Linear(6, 4), Place((2, 2)))
    stir(model)
    assert not any(p.requires_grad for name, p in model.named_parameters() if "base_layer" in name)
    assert all(p.requires_grad for name, p in model.named_parameters() if "lora_" in name)
    model.save_pretrained(str(tmp_path))
    saved = load_file(tmp_path / "adapter_model.safetensors")
    prefix = "base_model.model.layer.lora_"
    assert {name.removeprefix(prefix) for name in saved} == {
        "A.weight",
        "B.weight",
        "gate.weight",
        "gate.bias",
        "expert_alpha",
    }
    model.double()
    model.to("meta")
    assert all(p.is_meta and p.dtype == torch.float64 for p in model.parameters())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"experts": 1},
        {"spatial_targets": "patch-conv", "branches": "spatial"},
        {"delta_mode": "logit-bias", "branches": "temporal"},
        *(
            pytest.param(changes, marks=pytest.mark.slow)
            for changes in (
                {"experts": 1, "combine": "sum"},
                {"ranks": (1, 2, 1, 1)},
                {"spatial_targets": "patch-conv", "branches": "spatial", "experts": 1},
                {"delta_mode": "bilinear", "branches": "temporal"},
                {"text_targets": "query-value"},
            )
        ),
    ],
    ids=str,
)
def test_peft_alone_refuses_to_load_a_mixture(weights: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    options = options_of(alignment="none", **changes)
    Milora(options, Bench(tmp_path, options).context()).save(tmp_path / "saved")
    network = MiloraNetwork(load(options)[0], options.branches, 4.0)
    with pytest.raises((RuntimeError, ValueError), match=r"size mismatch|is not supported"):
        PeftModel.from_pretrained(network, str(tmp_path / "saved"))
