"""Is there a way from these objects to an annotation? A walk over everything they refer to."""

from __future__ import annotations

import gc
import logging
import types
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from vsumbench.contracts import Annotations
from vsumbench.plugins import Plugins

LIMIT = 2_000_000
"""Objects after which the walk gives up with an error instead of an answer."""

_OPAQUE = (
    *(
        type,
        types.ModuleType,
        types.CodeType,
        types.FrameType,
        types.TracebackType,
        types.BuiltinFunctionType,
    ),
    *(str, bytes, bytearray, int, float, complex, bool, type(None), logging.Logger, Plugins),
)
_READER = ("annotations", "video", "video_ids", "fingerprint")


def path_to_annotations(roots: Mapping[str, object], without: Iterable[object] = ()) -> str | None:
    """How an `Annotations`, or a dataset that reads them, can be reached; None if it cannot.

    Modules, classes and globals of functions are not followed: through them everything can be reached.

    Args:
        roots: where to begin, by the name the answer shall give them.
        without: objects that are not entered.

    Returns:
        The types on the way, e.g. `video → partial → Reader`.
    """
    names: dict[int, tuple[int | None, str]] = {}
    kept: list[object] = []  # keeps every visited object alive, so that no id is used twice
    waiting: deque[object] = deque()
    for name, root in roots.items():
        names[id(root)] = (None, name)
        waiting.append(root)
    skipped = {id(thing) for thing in without}
    while waiting:
        thing = waiting.popleft()
        if id(thing) in skipped or isinstance(thing, _OPAQUE):
            continue
        kept.append(thing)
        if isinstance(thing, Annotations) or _reads_annotations(type(thing)):
            return _told(id(thing), names)
        if len(kept) > LIMIT:
            raise RuntimeError(f"more than {LIMIT} objects can be reached")
        for other in _referents(thing):
            if id(other) not in names and not isinstance(other, _OPAQUE):
                names[id(other)] = (id(thing), type(other).__name__)
                waiting.append(other)
    return None


def _referents(thing: object) -> list[Any]:
    if isinstance(thing, types.FunctionType):
        return [thing.__closure__, thing.__defaults__, thing.__kwdefaults__, thing.__dict__]
    return gc.get_referents(thing)


def _reads_annotations(kind: type[object]) -> bool:
    """Whether objects of this class have the methods of a dataset. The class is asked, so nothing is run."""
    return all(hasattr(kind, name) for name in _READER)


def _told(found: int, names: Mapping[int, tuple[int | None, str]]) -> str:
    steps: list[str] = []
    at: int | None = found
    while at is not None:
        at, name = names[at]
        if name not in ("dict", "tuple", "list", "cell") and name not in steps[-1:]:
            steps.append(name)
    return " → ".join(reversed(steps))
