"""A trained model on disk: `model.safetensors`, and `settings.json` that says what it is."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from vsumbench.data import damaged, read_json
from vsumbench.errors import MismatchError

from .features import Learned

TENSORS, SETTINGS = "model.safetensors", "settings.json"
FORMAT = 1
AGAIN = "Train it again."


def save(network: nn.Module, folder: Path, model: str, learned: Learned, structure: dict[str, Any]) -> None:
    """Write both files. `structure` holds the options that decide which tensors there are, as JSON."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    save_file(state, folder / TENSORS)
    settings = {"format": FORMAT, "model": model, "feature": asdict(learned), "structure": structure}
    (folder / SETTINGS).write_text(json.dumps(settings, sort_keys=True, indent=1), encoding="utf-8")


def read_settings(folder: Path, model: str, structure: dict[str, Any]) -> Learned:
    """The feature a saved model was trained on.

    Raises:
        DataDamagedError: the file is missing or not what `save` writes.
        MismatchError: another model, or saved with other options of structure.
    """
    path = folder / SETTINGS
    found = read_json(path)
    try:
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r}")
        learned = Learned(**found["feature"])
        stored = {"model": found["model"], **found["structure"]}
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, "", f"settings of format {FORMAT}", error, AGAIN) from None
    for name, here in {"model": model, **json.loads(json.dumps(structure))}.items():
        if stored.get(name) != here:
            raise MismatchError(
                f"{folder} was saved with {name}={stored.get(name)!r}; here it is {here!r}.",
                "Give the options it was trained with.",
            )
    return learned


def load(network: nn.Module, folder: Path) -> None:
    """Fill a network from what `save` wrote.

    Raises:
        DataDamagedError: the file cannot be read, or has other tensors.
    """
    path = folder / TENSORS
    try:
        network.load_state_dict(load_file(path))
    except (SafetensorError, OSError, RuntimeError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise damaged(path, "", "the tensors of this network", line, AGAIN) from None
