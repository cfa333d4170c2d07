"""A trained model on disk: `model.safetensors`, and `settings.json` that says what it is.

Public to plugins.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from vsumbench.data import damaged, read_json
from vsumbench.data.learned import Learned
from vsumbench.errors import MismatchError

TENSORS, SETTINGS = "model.safetensors", "settings.json"
FORMAT = 1
AGAIN = "Train it again."


def save(
    network: nn.Module,
    folder: Path,
    model: str,
    learned: Learned,
    structure: dict[str, Any],
    left_out: Collection[str] = (),
) -> None:
    """Write both files.

    Args:
        network: what was trained.
        folder: an existing folder.
        model: id of the model.
        learned: the feature it was trained on.
        structure: the options that decide which tensors there are, and what else it stands on, as JSON.
        left_out: names of tensors that are another one's by a second name.
    """
    state = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in network.state_dict().items()
        if name not in left_out
    }
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
        if type(learned.width) is not int or learned.width < 1 or not isinstance(learned.name, str):
            raise ValueError(f"the feature {learned}")
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


def load(network: nn.Module, folder: Path, left_out: Collection[str] = ()) -> None:
    """Fill a network from what `save` wrote, with the same names left out.

    Raises:
        DataDamagedError: the file cannot be read, or has other tensors.
    """
    path = folder / TENSORS
    try:
        absent, unknown = network.load_state_dict(load_file(path), strict=False)
        if wrong := [*sorted(set(absent) - set(left_out)), *unknown]:
            raise ValueError(f"tensor {wrong[0]!r} is not in both the file and the network")
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        line = str(error).splitlines()[-1].strip() if str(error) else type(error).__name__
        raise damaged(path, "", "the tensors of this network", line, AGAIN) from None
