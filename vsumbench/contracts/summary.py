"""What a model answers: one summary of one video, in a form every metric can be computed from later."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from vsumbench.errors import NonFiniteError, PredictionError

from .specs import Task
from .video import Video


@dataclass(frozen=True)
class Link:
    """Characters [char_start, char_end) of the text tell of segment number `segment`."""

    char_start: int
    char_end: int
    segment: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What this summary took, measured: seconds of wall clock, tokens generated."""

    seconds: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One summary. At least one of importance, segments and text is given.

    Attributes:
        video_id: the video it summarizes.
        importance: (T,) finite scores, raw (before any sigmoid or rounding), on `times`.
        times: `"picks"` (the video's sampled steps), `"frames"` (every native frame) or (T,) seconds,
            increasing.
        segments: (K, 2) selected segments in seconds, half-open, within the video; or None.
        text: the written summary in Unicode NFC, or None.
        links: which characters tell of which segment.
        arrays: small named raw arrays a metric may need (digit probabilities).
        annotator: the annotator this summary was taken from; scoring leaves that annotator out of the
            references.
        cost: measured cost.
    """

    video_id: str
    importance: NDArray[np.float64] | None = field(default=None, repr=False)
    times: Literal["picks", "frames"] | NDArray[np.float64] = field(default="picks", repr=False)
    segments: NDArray[np.float64] | None = field(default=None, repr=False)
    text: str | None = None
    links: tuple[Link, ...] = ()
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict, repr=False)
    annotator: int | None = None
    cost: Cost = Cost()

    def answers(self, task: Task) -> bool:
        """Whether this summary holds what the task asks for."""
        shows = self.importance is not None or self.segments is not None
        writes = self.text is not None
        return {Task.V2V: shows, Task.V2T: writes, Task.V2VT: shows and writes}[task]


def check_summary(summary: Summary, video: Video) -> None:
    """Refuse a summary that cannot be scored.

    Raises:
        NonFiniteError: NaN or infinity anywhere.
        PredictionError: wrong length, segments outside the video, links outside the text, text not in NFC.
    """
    import numpy as np

    name = f"prediction for video {summary.video_id!r}"
    if summary.video_id != video.id:
        raise PredictionError(f"{name} was given where video {video.id!r} was asked for.")
    if summary.importance is None and summary.segments is None and summary.text is None:
        raise PredictionError(f"{name} is empty: it has no importance, no segments and no text.")
    for what, array in {
        "importance": summary.importance,
        "segments": summary.segments,
        "times": None if isinstance(summary.times, str) else summary.times,
        **{f"arrays[{key!r}]": value for key, value in summary.arrays.items()},
    }.items():
        if array is None:
            continue
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            kind = f"array of {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
            raise PredictionError(f"{name}: {what} is a {kind}, expected a numpy array of numbers.")
        if not np.issubdtype(array.dtype, np.floating):
            continue
        finite = np.isfinite(array)
        if not finite.all():
            where = tuple(int(i) for i in np.argwhere(~finite)[0])
            raise NonFiniteError(
                f"{name}: {what} is {array[where]} at index {where[0] if len(where) == 1 else where} "
                f"({int((~finite).sum())} of {array.size} values are not finite).",
                "A prediction with NaN is a failed prediction; mend the model, nothing was scored.",
            )
    if summary.importance is not None:
        _check_importance(summary, video, name)
    if summary.segments is not None:
        _check_segments(summary.segments, video, name)
    if summary.text is not None:
        _check_text(summary.text, name)
    segments = 0 if summary.segments is None else len(summary.segments)
    for link in summary.links:
        if not 0 <= link.char_start < link.char_end <= len(summary.text or ""):
            raise PredictionError(
                f"{name}: link {link} lies outside the text ({len(summary.text or '')} characters)."
            )
        if not 0 <= link.segment < segments:
            raise PredictionError(
                f"{name}: link {link} names a segment that is not there ({segments} segments)."
            )


def _check_importance(summary: Summary, video: Video, name: str) -> None:
    import numpy as np

    importance, times = summary.importance, summary.times
    assert importance is not None
    if isinstance(times, str):
        expected = video.steps if times == "picks" else video.n_frames
        base = "sampled steps (picks)" if times == "picks" else "native frames"
    else:
        expected, base = len(times), "times given"
        if len(times) > 1 and not (np.diff(times) > 0).all():
            raise PredictionError(f"{name}: times must increase strictly.")
    if importance.shape != (expected,):
        raise PredictionError(
            f"{name}: importance has shape {importance.shape}, expected ({expected},): one score for each "
            "of the "
            f"{expected} {base}."
        )


def _check_text(text: str, name: str) -> None:
    if not isinstance(text, str):
        raise PredictionError(f"{name}: text is a {type(text).__name__}, expected a str.")
    if not unicodedata.is_normalized("NFC", text):
        raise PredictionError(
            f"{name}: the text is not in Unicode NFC.", "Apply unicodedata.normalize('NFC', text)."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PredictionError(
            f"{name}: character {error.start} of the text is half a surrogate pair, which no file can hold."
        ) from None


def _check_segments(segments: NDArray[np.float64], video: Video, name: str) -> None:
    if segments.ndim != 2 or segments.shape[1] != 2:
        raise PredictionError(f"{name}: segments have shape {segments.shape}, expected (K, 2) of seconds.")
    # A frame's worth of slack: durations in annotation files are rounded.
    limit = video.duration + 1.0 / video.fps
    for start, end in segments:
        if not 0 <= start < end <= limit:
            raise PredictionError(
                f"{name}: segment [{start:g}, {end:g}) s lies outside the video of {video.duration:g} s or "
                "is empty."
            )
