"""The scores a run stored of one video, and why it has none where it has none."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.errors import RecordError
from vsumbench.records.record import Score
from vsumbench.records.video_scores import Unsealed, lines_path, read_table, sealed_text, table_paths

from .opened import ViewedRun

_WHOLE = "a whole corpus's, none for one video"
_CHANGED = "The run folder was changed."


@dataclass(frozen=True)
class StoredScore:
    """A value of one video as its run stored it; None with the reason where there is none.

    Attributes:
        undefined: the value is undefined, and not merely not stored by video.
    """

    protocol: str
    metric: str
    scale: str
    value: float | None
    reason: str = ""
    undefined: bool = False

    @property
    def said(self) -> str:
        """The value as it is written on the page."""
        if self.value is None:
            word = "undefined: " if self.undefined else ""
            return word + self.reason if self.reason else "undefined"
        return f"{self.value:.{2 if self.scale == 'percent' else 4}f}"


def scores_of(run: ViewedRun, video: str) -> tuple[StoredScore, ...]:
    """One entry for each protocol and metric of the record, in its order, of the fold that is shown.

    A file that is not the one that was sealed gives no value, and its scores say so.

    Raises:
        RecordError: a sealed file of scores that is no table of numbers.
    """
    folder, files = run.old.folder.path, run.old.record.files
    scores = {(one.protocol, one.metric): one for one in run.old.record.scores}
    return tuple(_stored(score, folder, files, (run.shown[video].fold, video)) for score in scores.values())


def _stored(score: Score, folder: Path, files: Mapping[str, str], pair: tuple[str, str]) -> StoredScore:
    def said(value: float | None, reason: str = "", undefined: bool = False) -> StoredScore:
        return StoredScore(score.protocol, score.metric, score.scale, value, reason, undefined)

    others = False
    for path in table_paths(score.protocol, score.metric, files):
        text = sealed_text(folder, path, files)
        if isinstance(text, Unsealed):
            return said(None, f"not shown, {path} {text.why}")
        try:
            table = read_table(text)
            if score.metric not in table.metrics:
                continue
            column = dict(zip(table.pairs, table.column(score.metric), strict=True))
            others = others or bool(column)
            value = column.get(pair)
            if value is not None and math.isnan(value):
                return said(None, next(_told(folder, lines_path(path), files, pair), score.reason), True)
        except ValueError as error:
            raise RecordError(f"{folder / path} cannot be read: {error}.", _CHANGED) from None
        if value is not None:
            return said(value)
    if score.value is None:
        return said(None, score.reason, True)
    return said(None, "not stored for this video" if others else _WHOLE)


def _told(folder: Path, path: str, files: Mapping[str, str], pair: tuple[str, str]) -> Iterator[str]:
    """The reasons the lines of this video give.

    Raises:
        ValueError: a line that is not JSON.
    """
    text = sealed_text(folder, path, files)
    for line in [] if isinstance(text, Unsealed) else text.splitlines():
        if '"undefined"' not in line:
            continue
        content: dict[str, Any] = json.loads(line)
        if (content.get("fold"), content.get("id")) == pair:
            yield from (str(pair[1]) for pair in content["undefined"].values())
