"""Opening a result file: bounded in size, never a pickle; and what is said of a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vsumbench.data import damaged, is_finite, read_json
from vsumbench.errors import DataDamagedError, DataMissingError

MOST_BYTES = 1 << 30
"""No published result file comes near a gibibyte; a larger one is something else."""
_PICKLED = (".pkl", ".pickle", ".pth", ".pt", ".ckpt", ".tar")
_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
_LAYOUT = "The layouts are in docs/how-to/score-published-results.md; is it another --format?"


def wrong(path: Path, key: str, expected: str, found: object) -> DataDamagedError:
    """The error for a file that does not have the layout of its format."""
    return damaged(path, key, expected, found, _LAYOUT)


def check_file(path: Path) -> None:
    """Refuse what must not be opened.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: a pickle or an archive of one, or a file above a gibibyte.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        raise DataMissingError(
            f"{path} cannot be read: {error.strerror or error}.", "Give the path of a result file."
        ) from None
    if path.suffix.lower() in _PICKLED or head.startswith(_MAGIC):
        raise damaged(
            path,
            "",
            "JSON or HDF5",
            "a pickle or an archive, which could run code as it is read",
            "Save the results as JSON where they were made: json.dump of plain lists.",
        )
    if size > MOST_BYTES:
        raise wrong(path, "", f"at most {MOST_BYTES} bytes", f"{size}")


def json_mapping(path: Path) -> dict[str, Any]:
    """The JSON object of a file, not empty.

    Raises:
        DataMissingError, DataDamagedError: as `check_file`; not JSON, no object, or a key twice.
    """
    check_file(path)
    content = read_json(path, unique=True)
    if not isinstance(content, dict) or not content:
        raise wrong(
            path, "", "a JSON object, video → result", f"{'an empty ' * (not content)}{kind(content)}"
        )
    return content


def numbers(values: Any, path: Path, key: str, expected: int, of: str) -> Iterator[float]:
    """The numbers of a list, as many as `expected`, all finite.

    Raises:
        DataDamagedError: no list, another length, or something that is no finite number.
    """
    if not isinstance(values, list):
        raise wrong(path, key, f"a list of {expected} numbers, one for each {of}", kind(values))
    if len(values) != expected:
        raise wrong(path, key, f"{expected} values, one for each {of}", len(values))
    for index, value in enumerate(values):
        if not is_finite(value):
            raise wrong(path, f"{key}[{index}]", "a finite number", repr(value)[:80])
        yield float(value)


def text_of(entry: Mapping[str, Any], field: str, path: Path, key: str) -> str:
    """A text field of an entry.

    Raises:
        DataDamagedError: it is not there, or no text.
    """
    value = entry.get(field)
    if not isinstance(value, str):
        raise wrong(path, f"{key}.{field}", "a text", kind(value) if field in entry else "nothing")
    return value


def kind(value: object) -> str:
    """The JSON name of a value's type."""
    names = {dict: "object", list: "list", str: "text", bool: "truth value", type(None): "null"}
    return names.get(type(value), "number")
