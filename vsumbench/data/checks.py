"""Layout checks shared by readers: each failure is one error naming file, key, expected and found."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.errors import DataDamagedError, DataMissingError, DuplicateIdError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AGAIN = "Fetch the file again; it does not have the published layout."


def damaged(file: Path | str, key: str, expected: str, found: object, hint: str = AGAIN) -> DataDamagedError:
    """The error for a file whose `key` (or the whole file, where empty) is not what it should be."""
    where = f"{file}: {key}" if key else f"{file}"
    return DataDamagedError(f"{where}: expected {expected}, found {found}.", hint)


def check_shape(
    array: NDArray[np.generic], shape: tuple[int | None, ...], file: Path | str, key: str
) -> None:
    """Refuse an array of another shape; None matches any size above zero."""
    fits = len(array.shape) == len(shape) and all(
        size == want if want is not None else size > 0 for size, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("*" if size is None else str(size) for size in shape) + ")"
        raise damaged(file, key, f"shape {wanted}", f"shape {array.shape}")


def check_finite(
    array: NDArray[Any],
    file: Path | str,
    key: str,
    low: float | None = None,
    high: float | None = None,
) -> None:
    """Refuse arrays that are not numbers, hold NaN or infinity, or leave [low, high]."""
    import numpy as np

    if not (np.issubdtype(array.dtype, np.number) or array.dtype == np.bool_):
        raise damaged(file, key, "numbers", f"dtype {array.dtype}")
    wrong = ~np.isfinite(array)
    if wrong.any():
        raise damaged(file, key, "finite numbers", _first(array, wrong))
    if low is not None and (wrong := array < low).any():
        raise damaged(file, key, f"values of at least {low:g}", _first(array, wrong))
    if high is not None and (wrong := array > high).any():
        raise damaged(file, key, f"values of at most {high:g}", _first(array, wrong))


def check_picks(picks: NDArray[np.int64], n_frames: int, file: Path | str, key: str = "picks") -> None:
    """Refuse picks that do not increase strictly within [0, n_frames)."""
    import numpy as np

    if picks.ndim != 1 or len(picks) == 0:
        raise damaged(file, key, "a non-empty vector", f"shape {picks.shape}")
    if (np.diff(picks) <= 0).any() or picks[0] < 0 or picks[-1] >= n_frames:
        raise damaged(
            file,
            key,
            f"strictly increasing frame indices below {n_frames}",
            f"{picks[0]} … {picks[-1]}, {len(picks)}",
        )


def check_change_points(
    shots: NDArray[np.int64], n_frames: int, file: Path | str, key: str = "change_points"
) -> None:
    """Refuse shots (S, 2), both ends inclusive, that are not contiguous from 0 to n_frames - 1."""
    check_shape(shots, (None, 2), file, key)
    if shots[0, 0] != 0 or shots[-1, 1] != n_frames - 1:
        raise damaged(file, key, f"shots from 0 to {n_frames - 1}", f"{shots[0, 0]} to {shots[-1, 1]}")
    if (shots[:, 1] < shots[:, 0]).any() or (shots[1:, 0] != shots[:-1, 1] + 1).any():
        raise damaged(file, key, "contiguous shots", "gaps, overlaps or empty shots")


def check_unique(ids: Iterable[str], where: str) -> None:
    """Refuse a list in which an id stands twice."""
    seen: set[str] = set()
    for identifier in ids:
        if identifier in seen:
            raise DuplicateIdError(
                f"{where}: video id {identifier!r} stands twice.",
                "Remove one of the two; ids must be unique.",
            )
        seen.add(identifier)


def read_json(path: Path, *, unique: bool = False) -> Any:
    """The content of a JSON file.

    Args:
        path: where it is.
        unique: refuse an object in which a key stands twice, of which JSON would keep the last.

    Raises:
        DataMissingError: no such file, or unreadable.
        DataDamagedError: not UTF-8, not JSON, truncated, or with NaN; or a key twice.
    """
    pairs = _refuse_twice if unique else None
    try:
        content = path.read_text(encoding="utf-8")
        return json.loads(content, parse_constant=_refuse_constant, object_pairs_hook=pairs)
    except OSError as error:
        raise DataMissingError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise damaged(path, f"byte {error.start}", "UTF-8 text", "other bytes") from None
    except json.JSONDecodeError as error:
        raise damaged(path, f"line {error.lineno}, column {error.colno}", "JSON", error.msg.lower()) from None
    except (ValueError, RecursionError) as error:
        raise damaged(path, "", "JSON", error) from None


def is_finite(value: object) -> bool:
    """Whether a value of JSON is a number that a float can hold; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max


def read_npz(path: Path, key: str) -> NDArray[Any]:
    """One array of an npz file; nothing pickled is read.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: not an npz file, truncated, or without this array.
    """
    import zipfile
    import zlib

    import numpy as np

    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise damaged(path, "", "an npz file", "a single array")
        with loaded as file:
            if key not in file.files:
                raise damaged(path, key, "an array of this name", f"only {file.files}")
            array: NDArray[Any] = file[key]
    except FileNotFoundError:
        raise DataMissingError(f"{path} does not exist.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise damaged(path, "", "an npz file", f"something else or a truncated file ({error})") from None
    return array


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name}, which JSON does not have")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {twice!r} twice")
    return content


def _first(array: NDArray[Any], wrong: NDArray[np.bool_]) -> str:
    import numpy as np

    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"{array[where]} at {where[0] if len(where) == 1 else where} ({int(wrong.sum())} of {array.size})"
