"""Experts put into a network by peft, and the settings peft's own configuration has no place for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from peft import LoraConfig, PeftModel
from torch import nn
from transformers.models.blip_2.modeling_blip_2 import Blip2QFormerMultiHeadAttention

from vsumbench.contracts import Seeds
from vsumbench_milora.options import MiloraOptions

from .conv import MixtureConv2d
from .layer import MixtureLinear
from .logits import MixtureAttention
from .mixture import Mixing
from .network import MiloraNetwork
from .place import Place
from .positions import PositionShift
from .scopes import wire
from .targets import IN_FRONT, branch_of, part_of, places_of, target_regex

ADAPTER = "default"
_DECAYED = re.compile(r"\.lora_(A|B|expert_alpha)\.")
_SHOWN = {name: f"{name} experts" for name in ("temporal", "spatial", "text")}
_SHOWN |= {"positions": "trained frame positions", "feature_linear": "feature linear"}


def prepare(network: MiloraNetwork, options: MiloraOptions) -> None:
    """What the options ask of the network beside experts: a shorter front, positions to train."""
    network.reads_pixels = options.branches != "temporal" and options.spatial_targets in IN_FRONT
    if options.train_positions:
        network.positions = PositionShift(*network.backbone.frame_positions.shape)


def adapter_config(network: MiloraNetwork, options: MiloraOptions, places: Mapping[str, Place]) -> LoraConfig:
    """peft's configuration: which layers, the rank of an expert in each of them, what is trained beside."""
    ranks = {name: place.declared_rank for name, place in places.items()}
    beside = [name for name, _ in network.named_children() if name != "backbone"]
    return LoraConfig(
        r=min(ranks.values()),
        lora_alpha=1,
        target_modules=target_regex(options),
        rank_pattern={re.escape(name): rank for name, rank in ranks.items()},
        alpha_pattern={re.escape(name): options.scaling * rank for name, rank in ranks.items()},
        modules_to_save=beside or None,
    )


def register_mixture(config: LoraConfig, places: Mapping[str, Place]) -> LoraConfig:
    """Have peft build a mixture of experts where it would build a LoRA. It does not save this."""
    classes: dict[type[nn.Module], Any] = {
        nn.Linear: MixtureLinear,
        nn.Conv2d: MixtureConv2d,
        Blip2QFormerMultiHeadAttention: MixtureAttention,
    }
    builders: Any = {host: partial(made, places=places) for host, made in classes.items()}
    config._register_custom_module(builders)
    return config


def add_experts(network: MiloraNetwork, options: MiloraOptions, seeds: Seeds | None) -> PeftModel:
    """The network with new experts, which change nothing yet; only they and what stands beside are trainable.

    Args:
        network: changed in place.
        options: which layers, how many experts, of what rank.
        seeds: what A is drawn from, layer by layer; None where values do not matter (the meta device).

    Raises:
        ValueError: no layer of the network is a target.
        OptionValueError: a rank that does not fit a layer.
    """
    prepare(network, options)
    places = places_of(network, options)
    config = register_mixture(adapter_config(network, options, places), places)
    # Nothing of peft's own draws is used, so its order in torch's generator is nobody's concern.
    model = PeftModel(network, config, adapter_name=ADAPTER, low_cpu_mem_usage=seeds is None)
    if seeds is not None:
        for name, layer in network.named_modules():
            if isinstance(layer, Mixing):
                layer.draw(ADAPTER, seeds.child(name))
    wire(network, part_of)
    return model


def decayed(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Branch → the expert matrices and coefficients whose squared norm is in the loss (eq. 12).

    Experts of the language model, which eq. 12 has not, are in the temporal sum (inferred).
    """
    found: dict[str, list[nn.Parameter]] = {"temporal": [], "spatial": []}
    for name, parameter in model.named_parameters():
        if _DECAYED.search(name) and parameter.requires_grad:
            branch = branch_of(name)
            found["temporal" if branch == "text" else branch].append(parameter)
    return found


def trainable_parameters(model: nn.Module) -> dict[str, int]:
    """`temporal experts`, `spatial experts`, `text experts`, `fusion` ..., as far as there are any →
    parameters."""
    counts: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            branch = branch_of(name)
            part = _SHOWN.get(branch, branch)
            counts[part] = counts.get(part, 0) + parameter.numel()
    return counts
