"""Generators seeded by a digest of what they are for, so that the same data always give the same draws."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np


def generator(*words: str) -> np.random.Generator:
    """A generator that depends on these words alone, in their order."""
    return np.random.default_rng(int.from_bytes(digest_of(words), "big"))


def digest_of(words: Iterable[str]) -> bytes:
    """Sha256 of a sequence of texts; two sequences that differ anywhere have different ones."""
    found = hashlib.sha256()
    for word in words:
        text = word.encode("utf-8", "surrogatepass")
        found.update(len(text).to_bytes(8, "big") + text)
    return found.digest()
