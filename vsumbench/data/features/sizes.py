"""Sizes in bytes as people write them."""

from __future__ import annotations

import re
from fractions import Fraction

from vsumbench.errors import UsageError

_UNITS = {"": 1, **{f"{p}{b}": 1024**n for n, p in enumerate("KMGT", 1) for b in ("", "B", "iB")}, "B": 1}


def parse_size(text: str) -> int:
    """Bytes of `500M`, `20 GiB`, `1.5T` or `4096`; a unit is a power of 1024 however it is written.

    Raises:
        UsageError: anything else.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?(?:i?B)?)\s*", text, flags=re.IGNORECASE)
    if match is None:
        raise UsageError(f"{text!r} is no size.", "Write a number with a unit, as in 500MiB or 20GiB.")
    unit = match[2].upper().replace("IB", "iB")
    return int(Fraction(match[1]) * _UNITS[unit])


def show_size(size: int) -> str:
    """`1.5 GiB`, `12.0 KiB`, `17 B`."""
    for unit, scale in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >> scale:
            return f"{size / (1 << scale):.1f} {unit}"
    return f"{size} B"
