"""What is known of a video file before anything is sampled from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class PacketIndex:
    """Where the frames of a video stream stand, in the units of its container.

    Attributes:
        stream: number of the video stream in the container.
        time_base: seconds of one tick.
        ticks: (N,) presentation times of the frames, increasing.
        counted: the container has no presentation times (AVI with B-frames): frames are told by counting.
        entries: (E,) frames at which decoding can begin with exactly the pixels that decoding from the start
            gives, from there on.
        entry_ticks: (E,) the times by which the container is asked for them.
    """

    stream: int
    time_base: Fraction
    ticks: NDArray[np.int64] = field(repr=False)
    counted: bool
    entries: NDArray[np.int64] = field(repr=False)
    entry_ticks: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoInfo:
    """A video file by its headers and packets.

    Frame n is the n-th frame that is shown. Times count from the first frame.

    Attributes:
        path: where it is.
        width, height: pixels as shown, after rotation (of the first frame; others are scaled to it).
        rotation: degrees (0, 90, 180, 270) by which stored pictures are turned clockwise to be shown.
        mirrored: whether they are mirrored left to right before they are turned.
        pixel_aspect: width of a shown pixel over its height; frames keep pixels as they are stored.
        fps: frames a second: the constant rate, or the average one where `variable`.
        n_frames: frames that are there, N.
        times: (N,) seconds, strictly increasing, the first 0.
        duration: seconds from the first frame until the last one is no longer shown.
        variable: frames do not follow at a constant rate.
        codec: name of the video codec, e.g. `h264`.
        has_audio: whether there is a sound track.
        keyframes: (K,) indices of key frames.
        start: seconds of the first frame on the clock of the container, which audio shares.
        problem: what is broken, in words that an error can use; empty for a whole file.
        packets: where frames stand in the container.
    """

    path: Path
    width: int
    height: int
    rotation: int
    mirrored: bool = False
    pixel_aspect: Fraction = Fraction(1)
    fps: float
    n_frames: int
    times: NDArray[np.float64] = field(repr=False)
    duration: float
    variable: bool
    codec: str
    has_audio: bool
    keyframes: NDArray[np.int64] = field(repr=False)
    start: float = 0.0
    problem: str = ""
    packets: PacketIndex = field(repr=False)
