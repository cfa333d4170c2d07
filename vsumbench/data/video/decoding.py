"""Decoded pictures by their frame index: from the start, or from a key frame nearer to what is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from .info import VideoInfo
from .opening import import_av, opened, reason

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

WORTH = 12
"""Frames a jump must save: entering a container anew, and pictures the decoder holds back, cost some."""


def decoded(
    info: VideoInfo, wanted: NDArray[np.int64], *, jumps: bool, threads: int, trouble: list[str]
) -> Iterator[tuple[int, VideoFrame]]:
    """The wanted pictures with their indices, in order; what cannot be decoded is left out.

    Decoding from the start is the definition. What jumps do not lead to is looked for that way.

    Args:
        info: of the file.
        wanted: (T,) increasing frame indices.
        jumps: jump over frames that need not be decoded.
        threads: threads of the decoder.
        trouble: is given what the decoder complained of.
    """
    done = 0
    parts = plan(info, wanted) if jumps else []
    if any(entry is not None for entry, _ in parts):
        with opened(info.path) as (container, stream):
            _set_threads(stream, threads)
            for index, picture in _with_jumps(info, container, stream, parts, []):
                if index != wanted[done]:
                    break
                done += 1
                yield index, picture
    if done == len(wanted):
        return
    with opened(info.path) as (container, stream):
        _set_threads(stream, threads)
        yield from _matching(_pictures(info, container, stream, trouble), wanted[done:])


def plan(info: VideoInfo, wanted: NDArray[np.int64]) -> list[tuple[int | None, NDArray[np.int64]]]:
    """The wanted frames in parts, each with the number of the entry to jump to; None for the start."""
    import numpy as np

    entries = info.packets.entries
    if not len(wanted) or not len(entries):
        return [(None, wanted)]
    nearest = np.searchsorted(entries, wanted, side="right") - 1
    saved = entries[nearest] - np.concatenate(([0], wanted[:-1] + 1))
    jumps = np.flatnonzero((nearest >= 0) & (saved >= WORTH))
    bounds = [*jumps, len(wanted)]
    parts: list[tuple[int | None, NDArray[np.int64]]] = []
    if bounds[0]:
        parts.append((None, wanted[: bounds[0]]))
    parts.extend((int(nearest[start]), wanted[start:stop]) for start, stop in pairwise(bounds))
    return parts


def _set_threads(stream: VideoStream, threads: int) -> None:
    stream.codec_context.thread_count = max(1, threads)
    stream.codec_context.thread_type = "AUTO" if threads > 1 else "NONE"


def _with_jumps(
    info: VideoInfo,
    container: InputContainer,
    stream: VideoStream,
    parts: list[tuple[int | None, NDArray[np.int64]]],
    trouble: list[str],
) -> Iterator[tuple[int, VideoFrame]]:
    """The pictures of all parts; ends early where the container does not lead to an entry."""
    av = import_av()
    for entry, part in parts:
        if entry is not None:
            try:
                container.seek(int(info.packets.entry_ticks[entry]), stream=stream, backward=True)
            except av.FFmpegError:
                return
        yield from _matching(_pictures(info, container, stream, trouble, entry), part)


def _matching(
    pictures: Iterator[tuple[int, VideoFrame]], wanted: NDArray[np.int64]
) -> Iterator[tuple[int, VideoFrame]]:
    """Those pictures that are wanted; nothing is read beyond the last."""
    position = 0
    for index, picture in pictures:
        while position < len(wanted) and wanted[position] < index:
            position += 1
        if position < len(wanted) and wanted[position] == index:
            yield index, picture
            position += 1
        if position == len(wanted):
            return


def _pictures(
    info: VideoInfo,
    container: InputContainer,
    stream: VideoStream,
    trouble: list[str],
    entry: int | None = None,
) -> Iterator[tuple[int, VideoFrame]]:
    """Every picture from here on that is whole; nothing, where this is not an entry at or before `entry`."""
    av = import_av()
    packets, count, entered = info.packets, -1, entry is None
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except (av.FFmpegError, OSError) as error:
            trouble.append(reason(error))
            packet = None
        try:
            if packet is not None and packet.size:
                if packet.is_corrupt:
                    trouble.append("a packet is damaged")
                    continue
                if not entered and not _leads_to(info, packet.pts, entry):
                    return
                entered = True
                frames = packet.decode()
            else:
                frames = stream.codec_context.decode(None)
        except (av.FFmpegError, ValueError) as error:
            trouble.append(reason(error))
            frames = []
        for frame in frames:
            count += 1
            if frame.is_corrupt:
                trouble.append("pictures are damaged")
            if packets.counted and trouble:
                return  # after a picture that did not come nobody knows which the next one is
            index = count if packets.counted else _index(packets.ticks, frame.pts)
            if not frame.is_corrupt and index is not None and index < info.n_frames:
                yield index, frame
        if packet is None or not packet.size:
            return


def _leads_to(info: VideoInfo, pts: int | None, entry: int | None) -> bool:
    """Whether the packet with this time is an entry, and none behind the wanted one."""
    import numpy as np

    index = _index(info.packets.ticks, pts)
    if index is None or entry is None:
        return False
    entries = info.packets.entries
    found = int(np.searchsorted(entries, index))
    return found <= entry and entries[found] == index


def _index(ticks: NDArray[np.int64], pts: int | None) -> int | None:
    if pts is None:
        return None
    index = int(ticks.searchsorted(pts))
    return index if index < len(ticks) and ticks[index] == pts else None
