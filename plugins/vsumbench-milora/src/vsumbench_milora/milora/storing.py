"""Experts on disk: peft's own folder, and `milora_config.json` beside it."""

from __future__ import annotations

from pathlib import Path

from peft import LoraConfig, PeftModel
from peft.utils import get_peft_model_state_dict
from safetensors import SafetensorError, safe_open

from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.loading import backbone_identity, read_settings, write_settings

from .adapters import ADAPTER, register_mixture
from .network import MiloraNetwork

SETTINGS = "milora_config.json"
TENSORS = "adapter_model.safetensors"
FORMAT = 1
_STRUCTURE = ("branches", "combine", "experts")
"""The options that decide which tensors there are, and that peft's configuration has no place for."""


def save_experts(model: PeftModel, options: MiloraOptions, folder: Path) -> None:
    """Write `adapter_config.json`, `adapter_model.safetensors` and `milora_config.json`."""
    model.save_pretrained(str(folder), save_embedding_layers=False)
    # peft's model card: a form nobody filled in.
    (folder / "README.md").unlink(missing_ok=True)
    structure = {name: getattr(options, name) for name in _STRUCTURE}
    write_settings(folder / SETTINGS, {"format": FORMAT} | structure | backbone_identity(options))


def load_experts(backbone: Backbone, options: MiloraOptions, folder: Path) -> PeftModel:
    """The backbone with the experts of a folder, in evaluation mode. It takes the place of `backbone`.

    Raises:
        DataDamagedError: a file is missing or unreadable, or has other tensors than its own settings ask for.
        MismatchError: the experts were trained on another backbone, or with other options of structure.
    """
    settings = read_settings(folder / SETTINGS, options)
    for name in _STRUCTURE:
        if settings.get(name) != getattr(options, name):
            raise MismatchError(
                f"{folder} was saved with {name}={settings.get(name)!r}; the option here is "
                f"{getattr(options, name)!r}.",
                "Give the options it was trained with.",
            )
    try:
        if settings["format"] != FORMAT:
            raise ValueError(f"format {settings['format']!r}; this version reads {FORMAT}")
        network = MiloraNetwork(backbone, options.branches, options.fusion_start)
        config = LoraConfig.from_pretrained(str(folder))
        assert isinstance(config, LoraConfig)
        register_mixture(config, options.experts, options.combine)
        with safe_open(folder / TENSORS, framework="pt") as file:
            found = set(file.keys())
        model = PeftModel.from_pretrained(network, str(folder), adapter_name=ADAPTER, config=config)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DataDamagedError(
            f"the experts in {folder} cannot be read: {reason}.", "Train again."
        ) from error
    expected = set(get_peft_model_state_dict(model, adapter_name=ADAPTER, save_embedding_layers=False))
    if found != expected:
        raise DataDamagedError(
            f"{folder / TENSORS}: tensor {min(found ^ expected)!r} is not in both the file and the network.",
            "Train again.",
        )
    return model.eval()
