"""The user's file: what it is, and the subtitles beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vsumbench.contracts import TimedText, Video
from vsumbench.data.subtitles import read_subtitles, sidecar
from vsumbench.data.video import Sampling, VideoInfo, open_video, probe
from vsumbench.errors import DataDamagedError, OptionValueError

from .timeline import Timeline, timeline

_MOST_STEPS = 30.0


@dataclass(frozen=True, kw_only=True)
class Source:
    """A video file opened to be summarized.

    Attributes:
        info: what `probe` says of it.
        video: the contract's video, without features and shots.
        line: when its frames are shown.
        asked: steps a second that were asked for.
        per_second: steps a second that there are: no more than frames.
        subtitles: the file its text came from, or None.
        threads: threads of the decoder.
    """

    info: VideoInfo = field(repr=False)
    video: Video = field(repr=False)
    line: Timeline = field(repr=False)
    asked: float
    per_second: float
    subtitles: Path | None
    threads: int = 1


def open_source(
    path: Path,
    per_second: float,
    subtitles: Path | None,
    notice: Callable[[str], None],
) -> Source:
    """Open a file. Of subtitles that were not named, those beside the video are taken, if they can be read.

    Raises:
        DataMissingError: no such file.
        DataDamagedError: not a video, or cut short; a name that is no text; named subtitles that are none.
        OptionValueError: a rate outside (0, 30]; a video shorter than two steps: nothing could be chosen.
    """
    if not 0 < per_second <= _MOST_STEPS:
        raise OptionValueError(
            f"--fps {per_second:g}: expected a number above 0 and at most {_MOST_STEPS:g}."
        )
    _check_name(path)
    info, threads = probe(path), decoder_threads()
    found, text = _subtitles(path, subtitles, notice)
    video = open_video(path, sampling=Sampling("fps", per_second), text=text, info=info, threads=threads)
    if video.steps < 2:
        raise OptionValueError(
            f"{path} lasts {info.duration:.2f} s and has {video.steps} step at {per_second:g} a second: "
            "there is nothing to choose from.",
            "Raise --fps." if info.n_frames > 1 else "It is a picture.",
        )
    return Source(
        info=info,
        video=video,
        line=timeline(info.times, info.duration, info.fps),
        asked=per_second,
        # A rate above the video's own gives one step a frame.
        per_second=min(per_second, video.steps / info.duration),
        subtitles=found,
        threads=threads,
    )


def _check_name(path: Path) -> None:
    """Seeds, pages and lists are made of the name."""
    try:
        path.name.encode("utf-8")
    except UnicodeEncodeError:
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise DataDamagedError(f"{name}: expected a name that is Unicode text.", "Rename it.") from None


def decoder_threads() -> int:
    """As many as there are cores, four at most: each holds frames, and more hardly help."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 4)


def _subtitles(
    path: Path, named: Path | None, notice: Callable[[str], None]
) -> tuple[Path | None, tuple[TimedText, ...]]:
    if named is not None:
        return named, read_subtitles(named)
    beside = sidecar(path)
    if beside is None:
        return None, ()
    try:
        return beside, read_subtitles(beside)
    except DataDamagedError as error:
        notice(f"subtitles are left out: {error.message}")
        return None, ()
