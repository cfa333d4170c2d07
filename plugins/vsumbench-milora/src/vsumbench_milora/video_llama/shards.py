"""Tensors in one safetensors file, or in several with an index, as transformers lays them out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vsumbench.errors import DataDamagedError

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD_BYTES = 2 << 30
"""A shard is written before it holds more; so much is in memory at once."""
AGAIN = "Make or import these weights again."


def write_shards(
    folder: Path,
    tensors: Iterable[tuple[str, Tensor]],
    *,
    limit: int = SHARD_BYTES,
    told: Callable[[int], None] | None = None,
) -> None:
    """Write tensors as they come, no more than `limit` bytes of them kept (a larger one stands alone).

    Args:
        folder: an existing folder; `INDEX` and the shards are written there.
        tensors: names, none of them twice, and values; each is read once.
        told: is told the bytes of every shard written.
    """
    places: dict[str, str] = {}
    held: dict[str, Tensor] = {}
    total = size = number = 0

    def write() -> None:
        nonlocal held, size, number
        number += 1
        name = f"model-{number:05d}.safetensors"
        save_file(held, folder / name, metadata={"format": "pt"})
        places.update(dict.fromkeys(held, name))
        if told is not None:
            told(size)
        held, size = {}, 0

    for name, tensor in tensors:
        own = tensor.numel() * tensor.element_size()
        if held and size + own > limit:
            write()
        # Of its own: a view would keep all of the file it was read from.
        held[name] = tensor.detach().cpu().contiguous().clone()
        size, total = size + own, total + own
    if held:
        write()
    index = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / INDEX).write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def shard_files(folder: Path, single: str = SINGLE, index: str = INDEX) -> list[Path]:
    """The files tensors lie in, sorted by name; that of one file where there is no index.

    Raises:
        DataDamagedError: an index that cannot be read, or names files that are not there.
    """
    path = folder / index
    if not path.is_file():
        return [folder / single]
    try:
        places = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
        names = sorted({str(name) for name in places.values()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataDamagedError(f"{path} is not an index of tensors: {error}.", AGAIN) from None
    for name in names:
        if Path(name).name != name or not (folder / name).is_file():
            raise DataDamagedError(f"{path} names {name!r}, which is not there.", AGAIN)
    return [folder / name for name in names]


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A safetensors file, to be read tensor by tensor.

    Raises:
        DataDamagedError: it is missing or not whole.
    """
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except FileNotFoundError:
        raise DataDamagedError(f"{path} is missing.", AGAIN) from None
    except (SafetensorError, OSError) as error:
        raise DataDamagedError(f"{path} is not a whole safetensors file: {error}.", AGAIN) from None


def shapes(files: Iterable[Path]) -> dict[str, tuple[int, ...]]:
    """Name → shape of every tensor of some files; none is read.

    Raises:
        DataDamagedError: a file is missing or not whole, or a name stands in two of them.
    """
    found: dict[str, tuple[int, ...]] = {}
    for path in files:
        with opened(path) as file:
            for name in file.keys():  # noqa: SIM118
                if name in found:
                    raise DataDamagedError(f"{path}: tensor {name!r} stands in another shard too.", AGAIN)
                found[name] = tuple(file.get_slice(name).get_shape())
    return found
