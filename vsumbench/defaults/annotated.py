"""Which rows of a video's annotations a protocol compares with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Video
from vsumbench.errors import MismatchError

Rows = NDArray[Any]


def annotated_rows(annotations: Annotations, video: Video, which: str) -> Rows:
    """The rows (U, N) or (U, T), on the annotations' own grid.

    Args:
        annotations: what people said.
        video: whose annotations they are, for messages.
        which: `importance` (as stored), `user_summaries`, `selections` (user summaries, or what segment
            numbers say was selected) or `gtscore` (importance on the scale of each annotator's own maximum).

    Raises:
        MismatchError: the annotations hold nothing of the kind.
    """
    words, find = _KINDS[which]
    rows = find(annotations)
    if rows is None:
        raise MismatchError(
            f"video {video.id!r} has {words} in this edition; the protocol compares with {which}.",
            "`vsumbench explain NAME` says what a protocol compares with; name another with --protocol.",
        )
    return rows


def _importance(annotations: Annotations) -> Rows | None:
    return annotations.importance


def _user_summaries(annotations: Annotations) -> Rows | None:
    return annotations.user_summaries


def _selections(annotations: Annotations) -> Rows | None:
    if annotations.user_summaries is not None:
        return annotations.user_summaries
    return _selected_segments(annotations)


def _selected_segments(annotations: Annotations) -> Rows | None:
    if annotations.importance is None or annotations.coding != "segment":
        return None
    return annotations.importance > 0


def _gtscore(annotations: Annotations) -> Rows | None:
    selected = _selected_segments(annotations)
    if selected is not None:
        return selected
    rows = annotations.importance
    if rows is None:
        return annotations.user_summaries
    # The maximum of the whole video, as in the published `gtscore`, also where every 15th frame is compared.
    highest = rows.max(axis=1, keepdims=True, initial=0.0)
    scaled: Rows = np.divide(rows, highest, out=rows.astype(np.float64), where=highest > 0)
    return scaled


_KINDS: Mapping[str, tuple[str, Callable[[Annotations], Rows | None]]] = {
    "importance": ("no importance", _importance),
    "user_summaries": ("no user summaries", _user_summaries),
    "selections": ("neither user summaries nor numbers of selected segments", _selections),
    "gtscore": ("neither importance nor user summaries", _gtscore),
}
