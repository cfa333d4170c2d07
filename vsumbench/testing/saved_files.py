"""What a model writes must be data: safetensors, JSON, npz or npy without objects, text. Told by content."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

ALLOWED = (".safetensors", ".json", ".jsonl", ".npz", ".npy", ".txt", ".csv", ".yaml")
_NPY = b"\x93NUMPY"


def file_digests(folder: Path) -> dict[str, str]:
    """Relative path → sha256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def unsafe_files(folder: Path) -> Iterator[str]:
    """A line for each file that is not what its name says, or that could carry a pickle."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            problem = _problem(path)
            if problem:
                yield f"{path.relative_to(folder).as_posix()} {problem}"


def _problem(path: Path) -> str:
    content = path.read_bytes()
    if _is_pickle(content):
        return "is a pickle"
    if path.suffix not in ALLOWED:
        return f"has the suffix {path.suffix!r}; expected one of {', '.join(ALLOWED)}"
    if path.suffix in (".npz", ".npy"):
        return _array_problem(content)
    if path.suffix == ".safetensors":
        return "" if _is_safetensors(content) else "is not a safetensors file"
    try:
        text = content.decode("utf-8")
        for part in text.splitlines() if path.suffix == ".jsonl" else [text]:
            if path.suffix in (".json", ".jsonl"):
                json.loads(part)
    except ValueError as error:
        return f"is not {'UTF-8 text' if isinstance(error, UnicodeDecodeError) else 'JSON'}"
    return ""


def _is_pickle(content: bytes) -> bool:
    """A pickle of protocol 2 or later, or an archive of torch.save, which holds one."""
    if content[:1] == b"\x80" and content[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    if content[:2] == b"PK" and zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return any(name.endswith((".pkl", ".pickle")) for name in archive.namelist())
    return False


def _array_problem(content: bytes) -> str:
    if content.startswith(_NPY):
        return _npy_problem(BytesIO(content))
    if not zipfile.is_zipfile(BytesIO(content)):
        return "is not a numpy file"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                problem = _npy_problem(member)
            if problem:
                return f"holds {name}, which {problem}"
    return ""


def _npy_problem(stream: IO[bytes]) -> str:
    """Looks at the header only: an array of objects is stored as a pickle behind it."""
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0(stream) if version[0] == 1 else npy.read_array_header_2_0(stream)
    except ValueError:
        return "is not a numpy file"
    return "is a pickle: its array holds objects" if header[2].hasobject else ""


def _is_safetensors(content: bytes) -> bool:
    size = int.from_bytes(content[:8], "little")
    try:
        return 0 < size <= len(content) - 8 and isinstance(json.loads(content[8 : 8 + size]), dict)
    except ValueError:
        return False
