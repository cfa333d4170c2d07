"""Reading MATLAB files: version 5 through scipy, version 7.3 (HDF5) through h5py."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray

from vsumbench.data import AGAIN, check_finite, damaged
from vsumbench.errors import DataDamagedError, DataMissingError

from .keyed_hdf5 import open_hdf5


def load_v5(path: Path, keys: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The named variables of a MATLAB v5 file.

    Raises:
        DataMissingError: there is no such file.
        DataDamagedError: not a MATLAB v5 file, truncated, or without one of the variables.
    """
    wanted = tuple(keys)
    if not path.is_file():
        raise DataMissingError(f"{path} does not exist.")
    try:
        found = scipy.io.loadmat(path, variable_names=wanted, appendmat=False)
    except NotImplementedError:
        raise damaged(path, "", "a MATLAB v5 file", "a MATLAB v7.3 (HDF5) file") from None
    # scipy raises whatever the bytes lead it to: ValueError, TypeError, zlib.error, MemoryError, …
    except Exception as error:
        found_instead = f"something else or a truncated file ({type(error).__name__}: {error})"
        raise damaged(path, "", "a MATLAB v5 file", found_instead) from None
    for key in wanted:
        if key not in found:
            names = sorted(name for name, *_ in scipy.io.whosmat(path, appendmat=False))
            raise damaged(path, key, "a variable of this name", f"only {', '.join(names) or 'nothing'}")
    return {key: found[key] for key in wanted}


def scalar(array: NDArray[Any], path: Path | str, key: str, *, whole: bool = False) -> float:
    """The one positive number in an array of one element.

    Raises:
        DataDamagedError: another size, not finite, not positive, or (`whole`) not a whole number.
    """
    if array.size != 1:
        raise damaged(path, key, "one number", f"shape {array.shape}")
    check_finite(array, path, key)
    value = float(array.reshape(-1)[0])
    if value <= 0 or (whole and value != int(value)):
        raise damaged(path, key, "a positive whole number" if whole else "a positive number", value)
    return value


def open_v73(path: Path) -> AbstractContextManager[h5py.File]:
    """An open HDF5 file; errors of the library inside the block become a named one.

    Raises:
        DataMissingError: there is no such file.
        DataDamagedError: not HDF5, truncated, or broken inside.
    """
    return open_hdf5(path, "a MATLAB v7.3 (HDF5) file")


def cells(file: h5py.File, key: str, count: int | None = None) -> h5py.Dataset:
    """A cell array (n, 1) of references.

    Raises:
        DataDamagedError: no such cell array, or one of another length.
    """
    found = file.get(key)
    if not isinstance(found, h5py.Dataset) or found.dtype != h5py.ref_dtype:
        raise damaged(
            file.filename, key, "a cell array", type(found).__name__ if found is not None else "nothing"
        )
    if found.ndim != 2 or found.shape[1] != 1 or (count is not None and found.shape[0] != count):
        wanted = f"({count}, 1)" if count is not None else "(*, 1)"
        raise damaged(file.filename, key, f"shape {wanted}", f"shape {found.shape}")
    return found


def cell(file: h5py.File, found: h5py.Dataset, index: int) -> NDArray[Any]:
    """The array in a cell."""
    target = file[found[index, 0]]
    if not isinstance(target, h5py.Dataset):
        raise damaged(file.filename, f"{found.name}[{index}]", "an array", type(target).__name__)
    return np.asarray(target[()])


def text(array: NDArray[Any], path: str, key: str) -> str:
    """A MATLAB string: UTF-16 code units in any shape."""
    if array.dtype != np.uint16:
        raise damaged(path, key, "text", f"dtype {array.dtype}")
    try:
        return array.reshape(-1).astype("<u2").tobytes().decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise DataDamagedError(f"{path}: {key}: expected text, found {error.reason}.", AGAIN) from None
