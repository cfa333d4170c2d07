"""Folds over a folder's videos: all of them, five parts, or those somebody wrote down."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from vsumbench.contracts import Fold
from vsumbench.data import check_unique, damaged, read_json
from vsumbench.errors import DataMissingError

from .spec import FOLDS

FORM = '[{"train": [ids], "validation": [ids], "test": [ids]}, …]'
PARTS = ("train", "validation", "test")


def five_folds(ids: Sequence[str]) -> tuple[Fold, ...]:
    """Each video is tested once. Which part it is in follows from the ids alone, not from their order.

    Fewer than five videos make as many folds.
    """
    ranked = sorted(ids, key=lambda name: hashlib.sha256(name.encode()).digest())
    parts = [frozenset(ranked[number::FOLDS]) for number in range(min(FOLDS, len(ranked)))]
    return tuple(
        Fold(
            f"split{number}",
            tuple(name for name in ids if name not in part),
            tuple(name for name in ids if name in part),
        )
        for number, part in enumerate(parts)
    )


def own_folds(path: Path) -> tuple[Fold, ...]:
    """The folds of a `splits.json`.

    Raises:
        DataMissingError: there is no such file.
        DataDamagedError, DuplicateIdError: it is not a list of folds.
    """
    if not path.is_file():
        raise DataMissingError(
            f"{path} is not there; it lists the folds of split set 'own'.",
            f"Write it ({FORM}), or use `--split-set five-fold`.",
        )
    content = read_json(path, unique=True)
    if not isinstance(content, list) or not content:
        raise damaged(path, "", f"a list of folds {FORM}", type(content).__name__, "Mend the file.")
    return tuple(_fold(raw, number, path) for number, raw in enumerate(content))


def _fold(raw: object, number: int, path: Path) -> Fold:
    where = f"fold {number}"
    if not isinstance(raw, dict) or not set(raw) <= {"name", *PARTS} or not raw.get("test"):
        raise damaged(
            path, where, f"an object as in {FORM}, with something to test", str(raw)[:60], "Mend it."
        )
    parts: dict[str, tuple[str, ...]] = {}
    for part in PARTS:
        ids = raw.get(part, [])
        if not isinstance(ids, list) or not all(isinstance(name, str) and name for name in ids):
            raise damaged(path, f"{where}, {part}", "a list of ids", str(ids)[:60], "Mend the file.")
        check_unique(ids, f"{path}: {where}, {part}")
        parts[part] = tuple(ids)
    for one, other in (("train", "test"), ("validation", "test"), ("train", "validation")):
        both = sorted(set(parts[one]) & set(parts[other]))
        if both:
            raise damaged(path, where, f"no video in both {one} and {other}", repr(both[0]), "Mend the file.")
    name = raw.get("name", f"split{number}")
    if not isinstance(name, str) or not name:
        raise damaged(path, f"{where}, name", "a text", repr(name), "Mend the file.")
    return Fold(name, parts["train"], parts["test"], parts["validation"])
