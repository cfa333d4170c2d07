"""Experts put into a network by peft, and the settings peft's own configuration has no place for."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from peft import LoraConfig, PeftModel
from torch import nn

from vsumbench.contracts import Seeds
from vsumbench_milora.options import MiloraOptions

from .layer import Combine, MixtureLinear
from .network import MiloraNetwork
from .targets import SPATIAL, TEMPORAL, expert_rank, target_regex

ADAPTER = "default"
_DECAYED = re.compile(r"\.lora_(A|B|expert_alpha)\.")


def adapter_config(network: MiloraNetwork, options: MiloraOptions) -> LoraConfig:
    """peft's configuration: which layers, and the rank of an expert in each of them.

    Raises:
        ValueError: no layer of the network is a target.
    """
    regex = target_regex(options)
    ranks = {
        name: expert_rank(options.rank_share, layer.out_features, layer.in_features)
        for name, layer in network.named_modules()
        if isinstance(layer, nn.Linear) and re.fullmatch(regex, name)
    }
    if not ranks:
        raise ValueError(f"no linear layer matches {regex}")
    return LoraConfig(
        r=min(ranks.values()),
        lora_alpha=1,
        target_modules=regex,
        rank_pattern={re.escape(name): rank for name, rank in ranks.items()},
        alpha_pattern={re.escape(name): options.scaling * rank for name, rank in ranks.items()},
        modules_to_save=None if network.fusion is None else ["fusion"],
    )


def register_mixture(config: LoraConfig, experts: int, combine: Combine) -> LoraConfig:
    """Have peft build a mixture of experts where it would build a LoRA. It does not save this."""
    mixture: Any = partial(MixtureLinear, experts=experts, combine=combine)
    config._register_custom_module({nn.Linear: mixture})
    return config


def add_experts(network: MiloraNetwork, options: MiloraOptions, seeds: Seeds | None) -> PeftModel:
    """The network with new experts, which change nothing yet; only they and the fusion are trainable.

    Args:
        network: changed in place.
        options: which layers, how many experts, of what rank.
        seeds: what A is drawn from, layer by layer; None where values do not matter (the meta device).
    """
    config = register_mixture(adapter_config(network, options), options.experts, options.combine)
    # Nothing of peft's own draws is used, so its order in torch's generator is nobody's concern.
    model = PeftModel(network, config, adapter_name=ADAPTER, low_cpu_mem_usage=seeds is None)
    if seeds is not None:
        for name, layer in network.named_modules():
            if isinstance(layer, MixtureLinear):
                layer.draw(ADAPTER, seeds.child(name))
    return model


def branch_of(name: str) -> str:
    """`temporal`, `spatial` or `fusion`: where a trainable parameter belongs."""
    for branch, prefix in (("temporal", TEMPORAL), ("spatial", SPATIAL)):
        if re.search(prefix, name):
            return branch
    return "fusion"


def decayed(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """Branch → the expert matrices and coefficients whose squared norm is in the loss (eq. 12)."""
    found: dict[str, list[nn.Parameter]] = {"temporal": [], "spatial": []}
    for name, parameter in model.named_parameters():
        if _DECAYED.search(name) and parameter.requires_grad:
            found[branch_of(name)].append(parameter)
    return found


def trainable_parameters(model: nn.Module) -> dict[str, int]:
    """`temporal experts`, `spatial experts` and `fusion`, as far as there are any → parameters."""
    counts: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            branch = branch_of(name)
            part = branch if branch == "fusion" else f"{branch} experts"
            counts[part] = counts.get(part, 0) + parameter.numel()
    return counts
