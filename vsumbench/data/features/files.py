"""One feature of one video as a safetensors file: the array and, in the header, the facts about it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from vsumbench.contracts.specs import FeatureSpec
from vsumbench.data.checks import check_finite, check_shape, damaged
from vsumbench.data.digests import canonical_json, sha256_arrays
from vsumbench.errors import UnavailableError

from .keys import FeatureKey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TENSOR = "feature"
FACTS = "vsumbench"
AGAIN = "Remove it, or extract again: `vsumbench features verify` lists what is damaged."


def write_feature(path: Path, key: FeatureKey, array: NDArray[np.float32], facts: Mapping[str, Any]) -> None:
    """Write array and facts beside, flush to disk, rename: the file is whole or not there.

    The key, the array's `sha256`, its shape and its dtype are added to the facts.

    Raises:
        OSError: the folder cannot be written.
        UnavailableError: safetensors is not installed.
    """
    save = _safetensors().numpy.save
    array = _contiguous(array)
    own = {
        "key": asdict(key),
        "sha256": _digest(array),
        "shape": list(array.shape),
        "dtype": str(array.dtype),
    }
    content = save({TENSOR: array}, metadata={FACTS: canonical_json({**facts, **own})})
    temporary = path.with_name(f".{path.stem}.{uuid4().hex[:12]}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_facts(path: Path) -> dict[str, Any]:
    """The facts in the header. The array is not read, but its size must be that of the file.

    Raises:
        FileNotFoundError: there is no such file.
        DataDamagedError: a truncated or foreign file.
    """
    library = _safetensors()
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        with library.safe_open(str(path), framework="np") as file:
            text = (file.metadata() or {}).get(FACTS, "")
            names = list(file.keys())
            shape = list(file.get_slice(TENSOR).get_shape()) if TENSOR in names else None
        facts = json.loads(text)
        FeatureKey(**facts["key"])
        if shape is None or facts["shape"] != shape:
            raise damaged(path, "", f"an array of shape {facts['shape']}", f"shape {shape}", AGAIN)
    except (library.SafetensorError, OSError) as error:
        raise damaged(path, "", "a whole safetensors file", error, AGAIN) from None
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, FACTS, "the facts of an extracted feature", repr(error), AGAIN) from None
    return dict(facts)


def check_facts(path: Path, facts: Mapping[str, Any], spec: FeatureSpec, steps: int) -> None:
    """Refuse a file whose array is not what `spec` and `steps` ask for.

    Raises:
        DataDamagedError: another shape or dtype.
    """
    if facts.get("dtype") != spec.dtype:
        raise damaged(path, TENSOR, f"dtype {spec.dtype}", f"dtype {facts.get('dtype')}", AGAIN)
    found, wanted = facts["shape"], [steps, *spec.shape]
    if len(found) != len(wanted) or any(w not in (None, f) for f, w in zip(found, wanted, strict=True)):
        raise damaged(path, TENSOR, f"shape {wanted}", f"shape {found}", AGAIN)


def read_feature(path: Path, spec: FeatureSpec, steps: int) -> NDArray[np.float32]:
    """The array (steps, *spec.shape), held to its digest once a process while size and time of change stay.

    Raises:
        FileNotFoundError: there is no such file.
        DataDamagedError: truncated, of another shape or dtype, not finite, or not what was written.
    """
    facts = read_facts(path)
    check_facts(path, facts, spec, steps)
    array = _array(path)
    check_shape(array, (steps, *spec.shape), path, TENSOR)
    there = path.stat()
    _check_once(path.absolute(), there.st_size, there.st_mtime_ns, str(facts.get("sha256")))
    return array


def check_content(path: Path) -> dict[str, Any]:
    """Read all of a file and hold it to the facts in its header; returns them.

    Raises:
        FileNotFoundError: there is no such file.
        DataDamagedError: truncated, foreign, not finite, or not what was written.
    """
    facts = read_facts(path)
    if FeatureKey(**facts["key"]).digest != path.stem:
        raise damaged(path, FACTS, "the facts its name is the digest of", "those of another file", AGAIN)
    array = _array(path)
    check_finite(array, path, TENSOR)
    if _digest(array) != facts.get("sha256"):
        raise damaged(path, TENSOR, f"sha256 {facts.get('sha256')}", f"sha256 {_digest(array)}", AGAIN)
    return facts


@lru_cache(maxsize=4096)
def _check_once(path: Path, size: int, changed: int, sha256: str) -> None:
    # What raises is not remembered.
    check_content(path)


def _array(path: Path) -> NDArray[np.float32]:
    library = _safetensors()
    try:
        with library.safe_open(str(path), framework="np") as file:
            array: NDArray[np.float32] = file.get_tensor(TENSOR)
    except (library.SafetensorError, OSError) as error:
        raise damaged(path, "", "a whole safetensors file", error, AGAIN) from None
    return array


def _digest(array: NDArray[np.float32]) -> str:
    return sha256_arrays({TENSOR: array})


def _contiguous(array: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.ascontiguousarray(array)


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise UnavailableError(
            "extracted features are kept as safetensors, and that package is not installed.",
            "Run `pip install safetensors`.",
        ) from None
    return safetensors
