"""Libraries of pages, bundled unchanged from registry packages: `vendored.json` says which, with digests.

A page works without a network, so what it needs lies beside it or in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = "vendored"


@dataclass(frozen=True, kw_only=True)
class Vendored:
    """One bundled library.

    Attributes:
        package, version, licence: of the registry package (npm); the licence text is among the files.
        folder: where its files lie below `vendored/`.
        integrity: the registry's digest of the whole package.
        files: name → sha256 of each bundled file, which is byte for byte that of the package.
    """

    package: str
    version: str
    licence: str
    folder: str
    integrity: str
    files: Mapping[str, str]


@cache
def libraries() -> tuple[Vendored, ...]:
    """Every bundled library, in the order of `vendored.json`."""
    content: list[dict[str, Any]] = json.loads(_read("vendored.json"))
    return tuple(Vendored(**entry) for entry in content)


def vendored_bytes(folder: str, name: str) -> bytes:
    """The bytes of a bundled file, as its package has them.

    Raises:
        KeyError: no library lists this file.
    """
    library = next((one for one in libraries() if one.folder == folder), None)
    if library is None or name not in library.files:
        raise KeyError(f"{folder}/{name}")
    return _read(folder, name)


def _read(*parts: str) -> bytes:
    return files(__package__).joinpath(_FOLDER, *parts).read_bytes()
