"""Experts on disk: peft's own folder, and `milora_config.json` beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftModel
from peft.utils import get_peft_model_state_dict
from safetensors import SafetensorError, safe_open

from vsumbench.contracts import Seeds
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench_milora.options import MiloraOptions
from vsumbench_milora.video_llama.backbone import Backbone
from vsumbench_milora.video_llama.loading import backbone_identity, read_settings, write_settings

from .adapters import ADAPTER, prepare, register_mixture
from .network import MiloraNetwork, network_for
from .scopes import wire
from .stages import first_stage_identity
from .targets import part_of, places_of

SETTINGS = "milora_config.json"
TENSORS = "adapter_model.safetensors"
FORMAT = 2
_STRUCTURE = (
    "alignment",
    "alignment_width",
    "bias_per_head",
    "branches",
    "combine",
    "delta_mode",
    "experts",
    "gate_scope",
    "rank_share",
    "ranks",
    "scaling",
    "spatial_targets",
    "temporal_targets",
    "text_targets",
    "top_k",
    "train_positions",
    "visual_input",
)
"""The options that decide which tensors there are and what they mean."""


def save_experts(model: PeftModel, options: MiloraOptions, folder: Path) -> None:
    """Write `adapter_config.json`, `adapter_model.safetensors` and `milora_config.json`."""
    model.save_pretrained(str(folder), save_embedding_layers=False)
    # peft's model card: a form nobody filled in.
    (folder / "README.md").unlink(missing_ok=True)
    stands_on = backbone_identity(options) | first_stage_identity(options)
    network = model.get_base_model()
    assert isinstance(network, MiloraNetwork)
    if network.feature_extractor is not None:
        stands_on |= {"feature_extractor": network.feature_extractor}
    write_settings(folder / SETTINGS, {"format": FORMAT} | _structure(options) | stands_on)


def load_experts(backbone: Backbone, options: MiloraOptions, folder: Path) -> PeftModel:
    """The backbone with the experts of a folder, in evaluation mode. It takes the place of `backbone`.

    Raises:
        DataDamagedError: a file is missing or unreadable, or has other tensors than its own settings ask for.
        MismatchError: the experts were trained on another backbone, or with other options of structure.
    """
    # A folder from before there was this option.
    settings = {"visual_input": "pixels"} | read_settings(folder / SETTINGS, options)
    if settings.get("format") != FORMAT:
        raise DataDamagedError(
            f"{folder / SETTINGS} is of format {settings.get('format')!r}; this version reads {FORMAT}.",
            "Train again.",
        )
    for name, wanted in _structure(options).items():
        if name not in settings or settings[name] != wanted:
            raise MismatchError(
                f"{folder} was saved with {name}={settings.get(name)!r}; the option here is {wanted!r}.",
                "Give the options it was trained with.",
            )
    # peft keeps a copy of the start beside what is loaded, for when adapters are off: it must change nothing.
    network = network_for(backbone, options, Seeds(0))
    network.feature_extractor = settings.get("feature_extractor")
    prepare(network, options)
    places = places_of(network, options)
    try:
        config = LoraConfig.from_pretrained(str(folder))
        assert isinstance(config, LoraConfig)
        register_mixture(config, places)
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
    wire(network, part_of)
    return model.eval()


def _structure(options: MiloraOptions) -> dict[str, Any]:
    """As JSON would give it back."""
    structure = {name: getattr(options, name) for name in _STRUCTURE}
    structure["ranks"] = list(options.ranks)
    if options.delta_mode == "logit-bias":
        # A bias for pairs of positions belongs to one number of frames.
        structure["num_frames"] = options.num_frames
    return structure
