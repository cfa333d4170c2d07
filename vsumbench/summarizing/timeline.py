"""The time axis of a video: frames with their seconds, constant rate or not."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Timeline:
    """When each frame is shown.

    Attributes:
        edges: (N + 1,) seconds, strictly increasing from 0; frame n is shown from edges[n] to edges[n + 1].
        fps: frames a second, the average where they do not come at a constant rate.
    """

    edges: NDArray[np.float64] = field(repr=False)
    fps: float

    @property
    def n_frames(self) -> int:
        """N."""
        return len(self.edges) - 1

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.edges[-1])

    def seconds(self, first: int, stop: int) -> float:
        """Seconds that frames [first, stop) are shown."""
        return float(self.edges[stop] - self.edges[first])


def timeline(times: NDArray[np.float64], duration: float, fps: float) -> Timeline:
    """The timeline of frames at these times (N,), the last one shown until `duration`."""
    end = max(float(duration), float(times[-1]) + 1e-3)
    return Timeline(np.append(np.asarray(times, dtype=np.float64), end), fps)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Frames [first, stop) of shot number `shot` that the summary shows; `whole`: they are all of it."""

    shot: int
    first: int
    stop: int
    whole: bool
