"""Which steps of a video are described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Frame, Video
from vsumbench.errors import DataDamagedError


def caption_steps(times: NDArray[np.float64], per_second: float, most: int) -> tuple[int, ...]:
    """Indices of the steps to describe: the first step at or after each 1 / `per_second`, thinned evenly.

    Where there would be more than `most`, the steps in the middle of `most` equal parts are taken.

    Args:
        times: (T,) seconds of the sampled steps, increasing; T may be 0.
        per_second: steps a second, above 0.
        most: at least 1.
    """
    if not len(times):
        return ()
    # An index that can be multiplied, not a sum of periods, which drifts.
    count = int((times[-1] - times[0]) * per_second + 1e-6) + 1
    wanted = times[0] + np.arange(count) / per_second
    steps = np.unique(np.searchsorted(times, wanted - 1e-6))
    return spread(steps[steps < len(times)].tolist(), most)


def spread(steps: Sequence[int], most: int) -> tuple[int, ...]:
    """At most `most` of these: those in the middle of `most` equal parts."""
    if len(steps) <= most:
        return tuple(steps)
    return tuple(steps[(2 * number + 1) * len(steps) // (2 * most)] for number in range(most))


def frames_at(video: Video, steps: Sequence[int]) -> Iterator[Frame]:
    """The frames of these steps, one after the other.

    Raises:
        MismatchError: the edition has no frames.
        DataDamagedError: fewer frames came than steps were asked for.
    """
    came = 0
    for frame in video.sampled_frames(steps):
        came += 1
        yield frame
    if came < len(steps):
        raise DataDamagedError(
            f"video {video.id!r} has {video.steps} steps; its frames end before step {steps[came]}.",
            "Get the file again, or make the edition anew.",
        )
