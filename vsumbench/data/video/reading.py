"""A video file as the contract's Video: frames are decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vsumbench.contracts import Frame, TimedText, Video
from vsumbench.data.digests import sha256_file_kept
from vsumbench.errors import DataDamagedError

from .decoding import decoded
from .info import VideoInfo
from .probing import probe
from .sampling import Sampling
from .streaming import TOLERANT, Broken, stream_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TWO_A_SECOND = Sampling("fps", 2.0)
EXACT = 1e-6
"""Seconds within which a frame's time is its index / fps."""


def open_video(
    path: Path,
    *,
    id: str | None = None,  # noqa: A002  (the contract's word)
    sampling: Sampling = TWO_A_SECOND,
    change_points: NDArray[np.int64] | None = None,
    text: Sequence[TimedText] = (),
    info: VideoInfo | None = None,
    broken: Broken = "refuse",
    threads: int = 1,
) -> Video:
    """A video file, ready to be summarized. Headers and packets are read now, frames when they are asked for.

    Args:
        path: a video file.
        id: its id; the file's name without its ending if there is none.
        sampling: the rule of its picks.
        change_points: (S, 2) shots, if they are known.
        text: timed text, in order.
        info: what `probe(path)` gave, if it is known.
        broken: `refuse` raises for a file that was cut short, and when a picked frame cannot be decoded;
            `keep` decodes the file once to see which frames can be, and picks among those.
        threads: threads of the decoder.

    Raises:
        UnavailableError, DataMissingError, DataDamagedError: as `probe`; a file that was cut short; with
            `keep`, one of which no frame can be decoded.
    """
    import numpy as np

    info = probe(Path(path)) if info is None else info
    if broken == "refuse" and info.problem:
        raise DataDamagedError(f"{info.path}: {info.problem}.", TOLERANT)
    if broken == "keep":
        there = decodable(info, threads=threads)
        picks = there[sampling.picks(info.times[there], info.duration)]
    else:
        picks = sampling.picks(info.times, info.duration)
    times = info.times[picks]
    steady = bool(np.abs(times - picks / info.fps).max() <= EXACT)
    return Video(
        id=info.path.stem if id is None else id,
        duration=info.duration,
        fps=info.fps,
        n_frames=info.n_frames,
        picks=picks,
        change_points=change_points,
        frames=partial(stream_frames, info.path, picks, info=info, threads=threads),
        frames_at=partial(_frames_at, info, picks, threads),
        text=tuple(text),
        times=None if steady else times,
        source=partial(sha256_file_kept, info.path),
    )


def decodable(info: VideoInfo, *, threads: int = 1) -> NDArray[np.int64]:
    """(M,) indices of the frames that can be decoded, found by decoding the whole file once.

    Raises:
        DataDamagedError: not one.
    """
    import numpy as np

    trouble: list[str] = []
    every = np.arange(info.n_frames)
    found = [index for index, _ in decoded(info, every, jumps=False, threads=threads, trouble=trouble)]
    if not found:
        why = trouble[0] if trouble else "it has none"
        raise DataDamagedError(f"{info.path}: not one frame can be decoded ({why}).", "Get the file again.")
    return np.array(found, dtype=np.int64)


def _frames_at(
    info: VideoInfo, picks: NDArray[np.int64], threads: int, steps: Sequence[int]
) -> Iterator[Frame]:
    """The frames of some steps."""
    return stream_frames(info.path, picks[list(steps)], info=info, threads=threads)
