"""Are two lists of summaries the same, to the last bit? If not, where do they first differ?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from vsumbench.contracts import Summary

_FIELDS = ("importance", "times", "segments", "text", "links", "annotator")


def difference(one: Sequence[Summary], other: Sequence[Summary]) -> str:
    """The first difference in words; empty if there is none. Measured cost does not count."""
    if len(one) != len(other):
        return f"{len(one)} summaries against {len(other)}"
    for a, b in zip(one, other, strict=True):
        if a.video_id != b.video_id:
            return f"a summary of {a.video_id!r} against one of {b.video_id!r}"
        for name in _FIELDS:
            if not _equal(getattr(a, name), getattr(b, name)):
                return f"{name} of video {a.video_id!r} differs"
        if a.arrays.keys() != b.arrays.keys() or not all(_equal(a.arrays[k], b.arrays[k]) for k in a.arrays):
            return f"arrays of video {a.video_id!r} differ"
    return ""


def summaries_digest(summaries: Sequence[Summary]) -> str:
    """Sha256 hex over everything `difference` compares."""
    import numpy as np

    digest = hashlib.sha256()
    for summary in summaries:
        values = {name: getattr(summary, name) for name in _FIELDS} | {"video_id": summary.video_id}
        for name, value in sorted((values | {f"arrays/{k}": v for k, v in summary.arrays.items()}).items()):
            if isinstance(value, np.ndarray):
                digest.update(f"{name} {value.dtype.str} {value.shape}\n".encode() + value.tobytes())
            else:
                digest.update(f"{name} {value!r}\n".encode())
    return digest.hexdigest()


def _equal(a: Any, b: Any) -> bool:
    import numpy as np

    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            isinstance(a, np.ndarray)
            and isinstance(b, np.ndarray)
            and a.dtype == b.dtype
            and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        )
    return bool(a == b)
