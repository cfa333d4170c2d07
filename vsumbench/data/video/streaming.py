"""Frames of a video one by one, in bounded memory: decoded in order, with jumps where they save work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vsumbench.contracts import Frame
from vsumbench.errors import DataDamagedError, MismatchError

from .decoding import decoded
from .info import VideoInfo
from .pixels import Converter
from .probing import probe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Method = Literal["auto", "sequential"]
Broken = Literal["refuse", "keep"]
TOLERANT = (
    "Get it again, repair it (`ffmpeg -err_detect ignore_err -i IN -c copy OUT.mkv`), or read what is left "
    'in Python: `open_video(path, broken="keep")`.'
)


def stream_frames(
    path: Path,
    picks: Sequence[int] | NDArray[np.int64] | None = None,
    *,
    info: VideoInfo | None = None,
    broken: Broken = "refuse",
    method: Method = "auto",
    threads: int = 1,
) -> Iterator[Frame]:
    """The picked frames in order, RGB as shown. A few frames are held at a time, whatever the length.

    The file is closed when the generator ends: exhausted, closed, or collected.

    Args:
        path: a video file.
        picks: (T,) strictly increasing frame indices; None for all frames.
        info: what `probe(path)` gave, if it is known.
        broken: `refuse` raises where a picked frame cannot be decoded; `keep` leaves it out.
        method: `auto` jumps to a key frame where that saves decoding, `sequential` decodes from the start:
            the definition, and the same frames.
        threads: threads of the decoder. They change nothing but speed and memory.

    Raises:
        UnavailableError, DataMissingError: as `probe`.
        DataDamagedError: as `probe`; or a picked frame is missing or cannot be decoded (`refuse`): says at
            which second and how many.
        MismatchError: picks that do not increase, or lie outside the video.
    """
    import numpy as np

    info = probe(Path(path)) if info is None else info
    wanted = np.arange(info.n_frames) if picks is None else np.asarray(picks, dtype=np.int64)
    _check_picks(wanted, info)
    if broken == "refuse" and info.problem and picks is None:
        raise DataDamagedError(f"{info.path}: {info.problem}.", TOLERANT)
    convert = Converter(info.width, info.height, info.rotation, info.mirrored)
    done, last = 0, -1
    trouble: list[str] = []
    for index, picture in decoded(info, wanted, jumps=method == "auto", threads=threads, trouble=trouble):
        if broken == "refuse" and index != wanted[done]:
            break
        done, last = done + 1, index
        yield Frame(index=index, time=float(info.times[index]), pixels=convert(picture))
    if broken == "refuse" and done < len(wanted):
        raise DataDamagedError(_missing(info, wanted, done, last, trouble), TOLERANT)


def _check_picks(picks: NDArray[np.int64], info: VideoInfo) -> None:
    import numpy as np

    if picks.ndim != 1 or (np.diff(picks) <= 0).any():
        raise MismatchError(f"{info.path}: the frames asked for must be a strictly increasing list.")
    if len(picks) and (picks[0] < 0 or picks[-1] >= info.n_frames):
        outside = picks[0] if picks[0] < 0 else picks[-1]
        raise MismatchError(f"{info.path}: no frame {outside}; it has {info.n_frames}, counted from 0.")


def _missing(info: VideoInfo, wanted: NDArray[np.int64], done: int, last: int, trouble: Sequence[str]) -> str:
    at = float(info.times[wanted[done]])
    reached = f"decoding ended after {float(info.times[last]):.2f} s" if last >= 0 else "nothing was decoded"
    why = f" ({trouble[0]})" if trouble else ""
    return (
        f"{info.path}: frame {wanted[done]} at {at:.2f} s of {info.duration:.2f} s cannot be decoded{why}: "
        f"{reached}, {len(wanted) - done} of {len(wanted)} frames are missing."
    )
