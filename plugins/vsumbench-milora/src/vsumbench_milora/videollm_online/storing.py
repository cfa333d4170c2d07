"""Adapters on disk: peft's own folder, as it is published and as a training here leaves it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from vsumbench.errors import DataDamagedError, MismatchError

from .adapters import ADAPTER
from .options import OnlineOptions

CONFIG, TENSORS, SETTINGS = "adapter_config.json", "adapter_model.safetensors", "online_config.json"
FORMAT = 1
HEAD = "base_model.model.lm_head.lora_B.weight"
ORIGINALS = {
    "base_model.model.lm_head.base_layer.weight": "lm_head.base_layer.weight",
    "base_model.model.model.embed_tokens.weight": "model.embed_tokens.weight",
}
"""Frozen tables that peft writes beside an adapter of the head, by their names in the language model."""
_STRUCTURE = ("rank", "alpha", "grid")
_AGAIN = "Get its files again, or train again."


def save_adapter(model: PeftModel, options: OnlineOptions, stands_on: dict[str, str], folder: Path) -> None:
    """Write `adapter_config.json`, `adapter_model.safetensors` and `online_config.json`.

    Args:
        model: adapter and connector.
        options: those it was trained with.
        stands_on: ids and digests of the frozen weights.
        folder: an existing folder.
    """
    model.save_pretrained(str(folder), save_embedding_layers=False)
    # peft's model card: a form nobody filled in.
    (folder / "README.md").unlink(missing_ok=True)
    structure = {name: getattr(options, name) for name in _STRUCTURE}
    settings = {"format": FORMAT} | structure | stands_on
    text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
    (folder / SETTINGS).write_text(text, encoding="utf-8")


def check_settings(folder: Path, options: OnlineOptions, stands_on: dict[str, str]) -> None:
    """Make sure that what `save_adapter` wrote belongs to these options and weights.

    Raises:
        DataDamagedError: the settings are missing or unreadable.
        MismatchError: they say something else.
    """
    found = _json(folder / SETTINGS)
    if found.get("format") != FORMAT:
        raise DataDamagedError(
            f"{folder / SETTINGS} is of format {found.get('format')!r}; this version reads {FORMAT}.", _AGAIN
        )
    for name, here in ({name: getattr(options, name) for name in _STRUCTURE} | stands_on).items():
        if found.get(name) != here:
            raise MismatchError(
                f"{folder} was saved with {name}={found.get(name)!r}; here it is {here!r}.",
                "Give the options it was trained with, and the weights it stands on.",
            )


def load_adapter(model: PeftModel, folder: Path, options: OnlineOptions) -> None:
    """Fill adapter and connector from a folder of peft: no tensor missing, none left over.

    Raises:
        DataDamagedError: a file is missing or unreadable, or holds other tensors than this model has.
        MismatchError: the adapter is of another size, or of another vocabulary or language model.
    """
    _check_size(_json(folder / CONFIG), folder, options)
    path = folder / TENSORS
    expected = {
        name: tuple(tensor.shape)
        for name, tensor in get_peft_model_state_dict(
            model, adapter_name=ADAPTER, save_embedding_layers=False
        ).items()
    }
    _check_shapes(_shapes(path), expected, path)
    tensors = load_file(path)
    for name in ORIGINALS.keys() & tensors.keys():
        _check_original(name, tensors.pop(name), model, path)
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise DataDamagedError(f"{path}: tensor {name!r} holds NaN or infinity.", _AGAIN)
    result: Any = set_peft_model_state_dict(model, tensors, adapter_name=ADAPTER)
    if result.unexpected_keys:
        raise DataDamagedError(
            f"{path}: peft found no place for {result.unexpected_keys[0]!r}.", "Use the pinned peft."
        )
    model.eval()


def _check_size(config: dict[str, Any], folder: Path, options: OnlineOptions) -> None:
    for name, key in (("rank", "r"), ("alpha", "lora_alpha")):
        if config.get(key) != getattr(options, name):
            raise MismatchError(
                f"the adapter in {folder} has {key}={config.get(key)!r}; the option {name} is "
                f"{getattr(options, name)!r}.",
                f"Use `--set {name}={config.get(key)}`.",
            )
    if config.get("peft_type") != "LORA" or config.get("modules_to_save") != ["connector"]:
        raise MismatchError(
            f"{folder} is no adapter of this method: a LORA with the connector beside it is needed.",
            "Import the weights that are meant.",
        )


def _check_shapes(
    found: dict[str, tuple[int, ...]], expected: dict[str, tuple[int, ...]], path: Path
) -> None:
    if HEAD in found and found[HEAD][0] != expected[HEAD][0]:
        raise MismatchError(
            f"{path} adapts a head of {found[HEAD][0]} words; the head of the language model here has "
            f"{expected[HEAD][0]}. A vocabulary that was resized, or of another model, does not fit it.",
            "Use the language model it was trained on, without resizing its table: the placeholder of frames "
            "needs no row.",
        )
    for name in sorted(expected.keys() | (found.keys() - ORIGINALS.keys())):
        if expected.get(name) != found.get(name):
            raise DataDamagedError(
                f"{path}: tensor {name!r} is {found.get(name, 'missing')}; the model has "
                f"{expected.get(name, 'none of that name')}.",
                _AGAIN,
            )


def _check_original(name: str, table: Tensor, model: PeftModel, path: Path) -> None:
    """A frozen table beside the adapter must be that of the language model here."""
    base: Any = model.get_base_model()
    here: Tensor = base.get_parameter(ORIGINALS[name])
    if table.shape != here.shape or not torch.equal(table.to(here.dtype), here.detach().cpu()):
        raise MismatchError(
            f"{path} holds the table {name!r} of the language model it was trained on; the one here has "
            "another.",
            "Use the language model it was trained on.",
        )


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    if not path.is_file():
        pickled = path.with_suffix(".bin").is_file()
        held = f"; {path.with_suffix('.bin').name} is a pickle, which is not read" if pickled else ""
        raise DataDamagedError(f"{path} is missing{held}.", _AGAIN)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise DataDamagedError(f"{path} is not a whole safetensors file: {error}.", _AGAIN) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("no mapping")
    except (OSError, ValueError) as error:
        raise DataDamagedError(f"{path} cannot be read: {error}.", _AGAIN) from None
    return content
