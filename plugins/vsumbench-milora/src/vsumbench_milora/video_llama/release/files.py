"""Published files as tensors by name, each read when it is asked for."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vsumbench.errors import DataDamagedError, DataMissingError, MismatchError
from vsumbench_milora.video_llama.shards import INDEX, SINGLE, opened, shapes, shard_files

AGAIN = "Get the file again."
_PICKLED, _PICKLED_INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"


@dataclass(frozen=True)
class Entry:
    """One published tensor: its shape, and how it is read."""

    file: Path
    shape: tuple[int, ...]
    read: Callable[[], Tensor] = field(repr=False)


Entries = Mapping[str, Entry]


def read_pickle(path: Path, prefix: str = "") -> dict[str, Entry]:
    """Tensors of a pickled checkpoint; those under `model`, where there is one, and nothing beside them.

    It is read as weights only, so that nothing in it is executed, and mapped into memory where its form
    allows: a tensor is loaded when it is looked at.

    Args:
        path: a `.pth` or `.bin` file.
        prefix: put before every name.

    Raises:
        MismatchError: it holds more than tensors and plain values, which would have to be executed.
        DataDamagedError: it is cut off, or is no mapping of names to tensors.
    """
    content = _load(path)
    if isinstance(content, dict) and isinstance(content.get("model"), dict):
        content = content["model"]
    if not isinstance(content, dict) or not content:
        raise DataDamagedError(f"{path} holds no tensors by name.", AGAIN)
    found = {}
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            kind = type(value).__name__
            raise DataDamagedError(f"{path}: {name!r} is of type {kind}, expected a tensor.", AGAIN)
        found[prefix + name] = Entry(path, tuple(value.shape), partial(_itself, value))
    return found


def _load(path: Path) -> Any:
    for mapped in (True, False):
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
        except pickle.UnpicklingError as error:
            if "eights only load failed" in str(error):
                raise MismatchError(
                    f"{path} holds more than tensors, which would have to be executed; nothing of it was.",
                    "Take the file from where the weights are published.",
                ) from None
            failure: Exception = error
        # torch raises whatever its zip reader and unpickler raise.
        except Exception as error:
            failure = error
    reason = " ".join(str(failure).split())[:200]
    raise DataDamagedError(f"{path} is not a whole checkpoint of torch: {reason}.", AGAIN) from None


def read_folder(folder: Path, prefix: str = "") -> dict[str, Entry]:
    """Tensors of a folder in the form of transformers: safetensors, or pickles where there are none.

    Raises:
        DataMissingError: there are neither.
        DataDamagedError, MismatchError: a file that cannot be read; as `read_pickle`.
    """
    found: dict[str, Entry] = {}
    if (folder / INDEX).is_file() or (folder / SINGLE).is_file():
        for path in shard_files(folder):
            own = {
                prefix + name: Entry(path, shape, partial(_from_safetensors, path, name))
                for name, shape in shapes([path]).items()
            }
            _refuse_twice(found, own, path)
            found |= own
        return found
    if not (folder / _PICKLED_INDEX).is_file() and not (folder / _PICKLED).is_file():
        raise DataMissingError(f"{folder} holds neither {SINGLE} nor {_PICKLED}, nor an index of either.")
    for path in shard_files(folder, _PICKLED, _PICKLED_INDEX):
        own = read_pickle(path, prefix)
        _refuse_twice(found, own, path)
        found |= own
    return found


def read_json_file(path: Path) -> dict[str, Any]:
    """A mapping from a JSON file.

    Raises:
        DataDamagedError: it cannot be read, or is something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataDamagedError(f"{path} cannot be read: {error}.", AGAIN) from None
    if not isinstance(content, dict):
        raise DataDamagedError(f"{path} is no mapping.", AGAIN)
    return content


def _refuse_twice(found: Mapping[str, Any], own: Mapping[str, Any], path: Path) -> None:
    if twice := sorted(found.keys() & own.keys()):
        raise DataDamagedError(f"{path}: tensor {twice[0]!r} stands in another shard too.", AGAIN)


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def _from_safetensors(path: Path, name: str) -> Tensor:
    with opened(path) as file:
        tensor: Tensor = file.get_tensor(name)
    return tensor
