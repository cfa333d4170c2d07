"""HDF5 files of unknown origin: every error named, and nothing read but what lies in the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from vsumbench.data import check_shape, damaged
from vsumbench.errors import DataMissingError, VsumbenchError

Type = Literal["whole", "real", "number"]
KINDS: dict[Type, tuple[str, str]] = {
    "whole": ("iu", "whole numbers (an integer type)"),
    "real": ("f", "real numbers (a floating type)"),
    "number": ("biuf", "numbers"),
}
"""Type → numpy kinds it may be stored in, and its name in an error."""


@contextmanager
def open_hdf5(path: Path, what: str = "an HDF5 file") -> Iterator[h5py.File]:
    """An open HDF5 file; errors of the library inside the block become a named one.

    Raises:
        DataMissingError: there is no such file.
        DataDamagedError: not HDF5, truncated, or broken inside.
    """
    if not path.is_file():
        raise DataMissingError(f"{path} does not exist.")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except VsumbenchError:
        raise
    # What a flipped byte leads the library to: a type that does not exist, an array of exabytes, …
    except (OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
        raise damaged(path, "", what, f"something else or a truncated file ({error})") from None


def own(parent: h5py.Group, name: str, path: Path, key: str) -> h5py.Group | h5py.Dataset | None:
    """What has this name in a group, or None; a link that leads elsewhere is refused unopened.

    Raises:
        DataDamagedError: a soft or external link, or an array whose values lie in other files.
    """
    link = parent.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise damaged(path, key, "data in the file itself", f"a link ({type(link).__name__})")
    found = parent[name]
    if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
        raise damaged(path, key, "data in the file itself", "an array whose values lie in other files")
    return found


def array(
    group: h5py.Group, name: str, path: Path, shape: tuple[int | None, ...], kind: Type, dtype: str = ""
) -> NDArray[Any]:
    """The array of this name, its type and shape held to what they should be before anything is read.

    Args:
        group: where it lies.
        name: its name there.
        path: the file, for errors.
        shape: sizes; None for any above zero.
        kind: what kind of numbers.
        dtype: the one numpy type allowed; empty for all of the kind.

    Raises:
        DataDamagedError: there is no such array, or one of another type or shape.
    """
    found = declared(group, name, path, shape, kind, dtype)
    return np.asarray(found[()])


def declared(
    group: h5py.Group, name: str, path: Path, shape: tuple[int | None, ...], kind: Type, dtype: str = ""
) -> h5py.Dataset:
    """As `array`, without reading its values."""
    key = place(group, name)
    found = own(group, name, path, key)
    if not isinstance(found, h5py.Dataset):
        there = ", ".join(sorted(group)) or "nothing"
        raise damaged(path, key, "an array", "a group" if found is not None else f"only {there}")
    kinds, named = KINDS[kind]
    if found.shape is None or found.dtype.kind not in kinds or (dtype and found.dtype != np.dtype(dtype)):
        raise damaged(path, key, dtype or named, f"dtype {found.dtype}")
    check_shape(found, shape, path, key)
    return found


def whole_number(group: h5py.Group, name: str, path: Path, low: int = 1) -> int:
    """One whole number of at least `low`.

    Raises:
        DataDamagedError: something else.
    """
    value = int(array(group, name, path, (), "whole"))
    if value < low:
        raise damaged(path, place(group, name), f"a number of at least {low}", value)
    return value


def text(group: h5py.Group, name: str, path: Path) -> str:
    """One string, stored as UTF-8 of fixed or variable length.

    Raises:
        DataDamagedError: no such string, or one that is not UTF-8.
    """
    key = place(group, name)
    found = own(group, name, path, key)
    if not isinstance(found, h5py.Dataset):
        raise damaged(path, key, "a string", "a group" if found is not None else "nothing")
    if h5py.check_string_dtype(found.dtype) is None or found.shape != ():
        raise damaged(path, key, "a string", f"dtype {found.dtype}, shape {found.shape}")
    try:
        return bytes(found[()]).decode("utf-8")
    except UnicodeDecodeError as error:
        raise damaged(path, key, "UTF-8 text", error.reason) from None


def place(group: h5py.Group, name: str) -> str:
    """`video_3/picks`: how errors name an array."""
    return f"{str(group.name).strip('/')}/{name}".lstrip("/")
