"""Where frames lie in time: by the frame rate, or by the times a video gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Video

from .geometry import WIDTH, Span


@dataclass(frozen=True)
class Axis:
    """The time axis of a drawing.

    Attributes:
        edges: (N + 1,) seconds at which each frame begins, and at which the last one ends; increasing.
        steady: frames follow at the constant rate of the video.
    """

    edges: NDArray[np.float64] = field(repr=False)
    steady: bool

    @property
    def length(self) -> float:
        """Seconds the whole width stands for."""
        return float(self.edges[-1])

    def x(self, seconds: float) -> float:
        """The place of a time in drawing units, within the drawing."""
        return round(min(max(seconds, 0.0), self.length) * WIDTH / self.length, 2)

    def seconds(self, span: Span) -> tuple[float, float]:
        """First frame and frame after the last as seconds."""
        return float(self.edges[span[0]]), float(self.edges[span[1]])

    def even(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """(N,) values of frames as (N,) values of equal stretches of time, that of the frame shown then."""
        found = np.asarray(values, dtype=np.float64)
        if self.steady:
            return found
        count = len(found)
        middles = (np.arange(count) + 0.5) * self.length / count
        shown = np.searchsorted(self.edges[:-1], middles, side="right") - 1
        return found[np.clip(shown, 0, count - 1)]


def axis_of(video: Video) -> Axis:
    """The axis of a video; frames between two sampled steps of known times are spread evenly.

    At a constant rate the axis ends with the last frame, whatever duration a file rounded it to.
    """
    count = video.n_frames
    if video.times is None:
        return Axis(np.arange(count + 1) / video.fps, True)
    at, times = list(video.picks.tolist()), list(video.times.tolist())
    if at[0] > 0:
        at, times = [0, *at], [0.0, *times]
    end = max(video.duration, times[-1] + 1.0 / video.fps)
    edges: NDArray[np.float64] = np.interp(np.arange(count + 1), [*at, count], [*times, end])
    return Axis(edges, False)


def frame_at(axis: Axis, seconds: float) -> int:
    """The frame shown at a time; the first one before it begins."""
    last = int(np.searchsorted(axis.edges, seconds + 1e-6, side="right")) - 1
    return min(max(last, 0), len(axis.edges) - 2)


def held_at(
    times: Sequence[float] | NDArray[np.floating],
    values: NDArray[np.floating],
    length: float,
    most: int = 500,
) -> NDArray[np.float64]:
    """(most,) values of equal stretches of time, each the last value given before its middle.

    NaN before the first time.
    """
    middles = (np.arange(most) + 0.5) * length / most
    last = np.searchsorted(np.asarray(times), middles, side="right") - 1
    found: NDArray[np.float64] = np.where(last < 0, np.nan, np.asarray(values, dtype=np.float64)[last])
    return found
