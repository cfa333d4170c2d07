"""Low-rank updates put into the language model by peft, with the connector trained whole beside them."""

from __future__ import annotations

import torch
from peft import LoraConfig, PeftModel
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, SiglipVisionConfig

from vsumbench.contracts import Seeds
from vsumbench.training.drawing import drawn_from

from .live.network import CONNECTOR, connected, new_connector
from .options import OnlineOptions

ADAPTER = "default"
TARGETS = r"model.*(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)|lm_head$"
"""The linear layers of the language model, its head included: what published adapters name."""


def adapter_config(options: OnlineOptions) -> LoraConfig:
    """peft's configuration of the published adapter, with these sizes."""
    return LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,  # type: ignore[arg-type]
        lora_dropout=options.dropout,
        target_modules=TARGETS,
        modules_to_save=[CONNECTOR],
        task_type="CAUSAL_LM",
        # Else peft writes the folder of this machine where the language model lies.
        base_model_name_or_path=options.language,
    )


def add_adapter(language: LlamaForCausalLM, options: OnlineOptions, seeds: Seeds | None) -> PeftModel:
    """The connected language model with a new adapter, which changes nothing yet.

    Adapter and connector alone are trainable.

    Args:
        language: changed in place.
        options: sizes of the adapter.
        seeds: what it is drawn from; None where values do not matter (the meta device).
    """
    language.requires_grad_(False)
    config = adapter_config(options)
    if seeds is None:
        return PeftModel(language, config, adapter_name=ADAPTER, low_cpu_mem_usage=True).eval()
    with drawn_from(seeds):
        return PeftModel(language, config, adapter_name=ADAPTER).eval()


def empty_model(vision: SiglipVisionConfig, language: LlamaConfig, options: OnlineOptions) -> PeftModel:
    """Language model, connector and adapter on the meta device: sizes without memory."""
    with torch.device("meta"):
        connector = new_connector(vision.hidden_size, language.hidden_size)
        return add_adapter(connected(LlamaForCausalLM(language), connector), options, None)


def parameter_counts(model: nn.Module) -> dict[str, int]:
    """`language model`, `connector` and `LoRA` → parameters; the connector is counted once.

    peft keeps the connector as it was beside the trained one.
    """
    counts = {"language model": 0, CONNECTOR: 0, "LoRA": 0}
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            counts["LoRA"] += parameter.numel()
        elif f".{CONNECTOR}.original_module." in name:
            continue
        else:
            counts[CONNECTOR if f".{CONNECTOR}." in name else "language model"] += parameter.numel()
    return counts
