"""Golden vectors: families, cases and arrays of the folder in `VSUMBENCH_GOLDEN`.

Cases are discovered from the files, so that another set of the same schema runs with nothing edited. Choose
cases by the keys they have, never by their ids.
"""

from __future__ import annotations

import functools
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def golden_folder() -> Path:
    """The folder in `VSUMBENCH_GOLDEN`, or `golden` in `VSUMBENCH_SHARED` (by default `../shared`)."""
    if asked := os.environ.get("VSUMBENCH_GOLDEN"):
        return Path(asked)
    return Path(os.environ.get("VSUMBENCH_SHARED") or "../shared") / "golden"


@functools.cache
def family(name: str) -> dict[str, Any]:
    """A family file; without cases where it is not there."""
    file = golden_folder() / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"cases": []}


@functools.cache
def _arrays(name: str) -> dict[str, np.ndarray]:
    with np.load(golden_folder() / name, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def array(name: str, value: Any) -> np.ndarray:
    """An input array: written in the case, a key of `<name>.npz`, or `file.npz:key`."""
    if not isinstance(value, str):
        return np.asarray([number(v) if isinstance(v, str) else v for v in value])
    file, colon, key = value.partition(":")
    return _arrays(file)[key] if colon else _arrays(f"{name}.npz")[value]


def number(value: Any) -> float:
    """A number; `"NaN"` and the infinities are written as words."""
    return float(value) if isinstance(value, str) else value


def raises(expected: Any) -> bool:
    """Whether the reference raised here: an error or an undefined value is expected, never a number."""
    return isinstance(expected, dict) and set(expected) == {"raises"}


def is_nan(value: Any) -> bool:
    """Whether an expected number is NaN."""
    return math.isnan(number(value))


def selection(expected: dict[str, Any]) -> np.ndarray:
    """A binary vector given by its segments [first, last], both inclusive, and its length."""
    selected = np.zeros(expected["length"], dtype=np.bool_)
    for first, last in expected["segments"]:
        selected[first : last + 1] = True
    return selected


def cases(
    name: str, having: Callable[[dict[str, Any]], bool] = lambda case: True, key: str = "cases"
) -> pytest.MarkDecorator:
    """One test a case of a family, named by the case's id; one skipped test where the family is not there.

    Args:
        name: the family.
        having: which of its cases are meant, by what they hold.
        key: the list in the file.
    """
    listed = family(name).get(key, [])
    found = [
        pytest.param(case, id=case.get("id", f"case{i}")) for i, case in enumerate(listed) if having(case)
    ]
    if not listed:
        reason = f"no golden vectors {name}.json; set VSUMBENCH_GOLDEN or VSUMBENCH_SHARED"
        found = [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))]
    return pytest.mark.parametrize("case", found)
