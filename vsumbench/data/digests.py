"""Sha256 over files, arrays and canonical JSON: the building blocks of every fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.errors import DataMissingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 1 << 20


def sha256_file(path: Path, told: Callable[[int], None] | None = None) -> str:
    """Hex digest of a file's bytes. `told` is given the size of each block that was read.

    Raises:
        DataMissingError: there is no such file, or it cannot be opened.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                if told is not None:
                    told(len(block))
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    return digest.hexdigest()


def sha256_file_kept(path: Path) -> str:
    """`sha256_file`, but a file of gigabytes is read once a process while its size and time of change stay.

    Raises:
        DataMissingError: there is no such file, or it cannot be opened.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    return _sha256_of(path.absolute(), found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=1 << 16)
def _sha256_of(path: Path, size: int, changed: int) -> str:
    return sha256_file(path)


def sha256_files(folder: Path, names: Iterable[str]) -> str:
    """Hex digest over several files of a folder, each with its relative name, whatever their order."""
    return sha256_json({name: sha256_file(folder / name) for name in names})


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, ASCII only, NaN refused: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def sha256_json(value: Any) -> str:
    """Hex digest of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def sha256_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """Hex digest over named arrays: name, dtype, shape and little-endian C-order bytes."""
    import numpy as np

    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(canonical_json([name, array.dtype.str, list(array.shape)]).encode("ascii"))
        digest.update(array.tobytes())
    return digest.hexdigest()
