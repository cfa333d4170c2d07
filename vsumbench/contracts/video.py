"""A video as a model sees it: no field leads to an annotation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from vsumbench.errors import MismatchError

from .specs import FeatureSpec


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A lazily read feature: `read()` opens, reads and closes.

    Attributes:
        spec: declared name, shape and dtype.
        steps: length of the leading time axis, known before reading.
        read: returns the array (steps, *spec.shape); raises `DataDamagedError` if the file disagrees.
    """

    spec: FeatureSpec
    steps: int
    read: Callable[[], NDArray[np.float32]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One decoded frame: native index, time in seconds and RGB pixels (height, width, 3) uint8."""

    index: int
    time: float
    pixels: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class TimedText:
    """Words spoken or shown from `start` to `end`, seconds, half-open."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Video:
    """One video, read lazily.

    Attributes:
        id: the id in the dataset, a non-empty string.
        duration: seconds.
        fps: native frames per second.
        n_frames: native frames, N.
        picks: (T,) native frame indices of the sampled steps, strictly increasing, below N.
        change_points: (S, 2) shots as native frame indices, both ends inclusive, contiguous from 0 to N - 1;
            or None.
        features: lazy features by name.
        frames: opens a stream of decoded frames, one a pick, in order; None where the edition has no frames.
        frames_at: opens the frames of some steps alone (increasing indices into `picks`, in that order), the
            same frames the stream has there; None where that is no cheaper than the whole stream. Models call
            `sampled_frames`, which does the right thing.
        text: timed text, in order.
        times: (T,) seconds of the sampled steps where they do not follow from `fps` (a variable frame rate);
            or None.
        source: gives the sha256 of what frames are decoded or drawn from: extracted features are kept under
            it. None where the edition has no frames.
    """

    id: str
    duration: float
    fps: float
    n_frames: int
    picks: NDArray[np.int64] = field(repr=False)
    change_points: NDArray[np.int64] | None = field(default=None, repr=False)
    features: Mapping[str, Feature] = field(default_factory=dict)
    frames: Callable[[], Iterator[Frame]] | None = field(default=None, repr=False)
    frames_at: Callable[[Sequence[int]], Iterator[Frame]] | None = field(default=None, repr=False)
    text: tuple[TimedText, ...] = ()
    times: NDArray[np.float64] | None = field(default=None, repr=False)
    source: Callable[[], str] | None = field(default=None, repr=False)

    @property
    def steps(self) -> int:
        """T, the number of sampled steps."""
        return len(self.picks)

    @property
    def pick_times(self) -> NDArray[np.float64]:
        """(T,) seconds of the sampled steps."""
        return self.picks / self.fps if self.times is None else self.times

    def sampled_frames(self, steps: Sequence[int]) -> Iterator[Frame]:
        """The frames of these steps (increasing indices into `picks`); what can be left out is not decoded.

        Raises:
            MismatchError: the edition has no frames.
        """
        if not len(steps):
            return
        if self.frames_at is not None:
            yield from self.frames_at(steps)
            return
        if self.frames is None:
            raise MismatchError(f"video {self.id!r} has no frames here.", "Use an edition that has them.")
        wanted = frozenset(steps)
        for step, frame in enumerate(self.frames()):
            if step in wanted:
                yield frame
            if step >= steps[-1]:
                return
