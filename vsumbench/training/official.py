"""Official checkpoints: their names mapped to ours, every tensor accounted for. Public to plugins."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from vsumbench.data import damaged
from vsumbench.data.weights import weights_folder
from vsumbench.data.weights_import import is_pickle
from vsumbench.errors import DataMissingError, MismatchError

AGAIN = "Get the file again, or name one of this network."
Keys = Mapping[str, Sequence[str]]
"""Our name → official names of the pieces it is joined of, along the first axis."""


def own_names(network: nn.Module) -> Keys:
    """Of a method without official code: every tensor under its own name."""
    return {name: (name,) for name in network.state_dict()}


def official_state(
    network: nn.Module, keys: Keys, found: Mapping[str, Tensor], left_out: Sequence[str] = ()
) -> dict[str, Tensor]:
    """Our state dict from tensors under official names.

    Args:
        network: gives names and shapes.
        keys: for every name of the network's state dict.
        left_out: official names of tensors that nobody learned (tables that follow from a formula).
        found: official name → tensor. Axes of length 1 count for nothing.

    Raises:
        KeyError, ValueError: an official tensor that is missing, of another size, or left over.
    """
    state = {}
    used: set[str] = set()
    for name, wanted in network.state_dict().items():
        pieces = keys[name]
        for piece in pieces:
            if piece not in found:
                raise KeyError(piece)
        joined = torch.cat([found[piece] for piece in pieces]) if len(pieces) > 1 else found[pieces[0]]
        if _sides(joined) != _sides(wanted):
            raise ValueError(f"{pieces[0]} has shape {tuple(joined.shape)}, expected {tuple(wanted.shape)}")
        if wanted.is_floating_point() and not torch.isfinite(joined).all():
            raise ValueError(f"{pieces[0]} holds NaN or infinity")
        state[name] = joined.reshape(wanted.shape).to(wanted.dtype)
        used.update(pieces)
    if extra := sorted(found.keys() - used - set(left_out)):
        raise ValueError(f"{extra[0]} is unknown")
    return state


def _sides(tensor: Tensor) -> list[int]:
    """Its shape without axes of length 1: a 1 x 1 convolution is a linear map."""
    return [side for side in tensor.shape if side != 1]


def load_official(network: nn.Module, keys: Keys, path: Path, left_out: Sequence[str] = ()) -> None:
    """Fill a network from a safetensors file with official names.

    Raises:
        DataMissingError: there is no such file.
        MismatchError: it is a pickle; the hint converts it.
        DataDamagedError: it cannot be read, or holds other tensors than this network has.
    """
    if not path.is_file():
        raise DataMissingError(f"there is no checkpoint {path}.", "Give the path of a safetensors file.")
    if is_pickle(path.name):
        code = (
            "import torch; from safetensors.torch import save_file; "
            f"s = torch.load({str(path)!r}, weights_only=True); s = s.get('model', s); "
            "save_file({k: v.clone() for k, v in s.items()}, "
            f"{str(path.with_suffix('.safetensors'))!r})"
        )
        raise MismatchError(
            f"{path} is a pickle, which is not read.",
            f"If you trust it, convert it once: `{shlex.join(['python', '-c', code])}`.",
        )
    try:
        network.load_state_dict(official_state(network, keys, load_file(path), left_out))
    except KeyError as error:
        raise damaged(path, str(error.args[0]), "a tensor of this network", "nothing", AGAIN) from None
    except (SafetensorError, OSError, ValueError) as error:
        raise damaged(path, "", "the tensors of this network", error, AGAIN) from None


def released_file(weights: str) -> Path:
    """The safetensors file of imported weights.

    Raises:
        DataMissingError: nothing was imported under this id.
        MismatchError: there is more than one file, so which one is meant would be a guess.
    """
    folder = weights_folder(weights)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise DataMissingError(
            f"there is no checkpoint in {folder}.", f"Run `vsumbench weights import {weights} FOLDER`."
        )
    if len(files) > 1:
        raise MismatchError(
            f"{folder} holds {len(files)} checkpoints; one is taken.", "Import the one that is meant."
        )
    return files[0]
