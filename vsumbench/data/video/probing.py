"""What is in a video file, from its headers and packets; of the pictures only the first is decoded."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsumbench.errors import DataDamagedError

from .entries import ENTERED, is_entry, is_hidden, nal_length_of
from .extent import is_cut
from .info import PacketIndex, VideoInfo
from .opening import ANOTHER, import_av, opened, reason
from .pixels import orientation

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

MISSING = -(1 << 62)
"""Stands for a time stamp that is not there."""
TRIES = 256
"""Packets that are decoded, at most, until the first picture comes."""
STEADY = 1.5
"""Ticks by which a frame may be off a constant rate: containers round its time, and its first frame's."""


def probe(path: Path) -> VideoInfo:
    """Look at a video file. Every packet is read once, none but the first few decoded.

    A file that was cut short is described as far as it goes, and `problem` says what is missing.

    Raises:
        UnavailableError: PyAV is not installed.
        DataMissingError: no such file, no file, or unreadable.
        DataDamagedError: not a video, no video stream, no time stamps, or no frame that can be decoded.
    """
    path = Path(path)
    with opened(path) as (container, stream):
        first = _first_picture(container, stream, path)
        audio = any(other.codec_context is not None for other in container.streams.audio)
    # Opened again: formats differ in how far they can be wound back, and a second look costs a header.
    with opened(path) as (container, stream):
        seen = _read_packets(container, stream)
        return _described(path, container, stream, seen, first, audio)


@dataclass
class _Seen:
    """What the packets of a file say, as small integers."""

    pts: array[int] = field(default_factory=lambda: array("q"))
    dts: array[int] = field(default_factory=lambda: array("q"))
    keys: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    last_ticks: int = 0
    """Duration of the packet that is shown last."""
    last_pts: int = MISSING
    end: float = 0.0
    """Seconds at which the last packet of any stream ends."""
    stopped: str = ""


def _first_picture(container: InputContainer, stream: VideoStream, path: Path) -> VideoFrame:
    av = import_av()
    stream.codec_context.thread_count = 1
    tried, last = 0, "nothing was decoded"
    try:
        for packet in container.demux(stream):
            tried += 1
            try:
                for frame in packet.decode():
                    if frame.width and frame.height:
                        return frame
            except (av.FFmpegError, ValueError) as error:
                last = reason(error)
            if tried >= TRIES:
                break
    except (av.FFmpegError, OSError) as error:
        last = reason(error)
    raise DataDamagedError(f"{path}: not one frame can be decoded ({last}).", ANOTHER)


def _read_packets(container: InputContainer, stream: VideoStream) -> _Seen:
    av = import_av()
    seen = _Seen()
    codec = stream.codec_context.codec.canonical_name
    entered, nal = container.format.name in ENTERED, nal_length_of(stream.codec_context.extradata)
    try:
        for packet in container.demux():
            if not packet.size or packet.time_base is None:
                continue
            if packet.stream_index != stream.index:
                _note_end(seen, packet)
                continue
            if packet.is_discard or packet.is_corrupt or is_hidden(codec, memoryview(packet)[0]):
                continue
            _note_end(seen, packet)
            if packet.is_keyframe:
                seen.keys.append(len(seen.pts))
                if entered and is_entry(codec, bytes(packet), nal):
                    seen.entries.append(len(seen.pts))
            seen.pts.append(MISSING if packet.pts is None else packet.pts)
            seen.dts.append(MISSING if packet.dts is None else packet.dts)
            shown = packet.pts if packet.pts is not None else packet.dts
            if shown is not None and shown >= seen.last_pts:
                seen.last_pts, seen.last_ticks = shown, packet.duration or 0
    except (av.FFmpegError, OSError) as error:
        seen.stopped = reason(error)
    return seen


def _note_end(seen: _Seen, packet: Packet[Any]) -> None:
    at = packet.pts if packet.pts is not None else packet.dts
    if at is not None:
        seen.end = max(seen.end, float((at + (packet.duration or 0)) * packet.time_base))


def _described(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    seen: _Seen,
    first: VideoFrame,
    audio: bool,
) -> VideoInfo:
    import numpy as np

    base = stream.time_base or Fraction(1, 1_000_000)
    ticks, order, counted = _presented(path, container, stream, seen)
    times = (ticks - ticks[0]) * float(base)
    rate = _rate(stream, times, float(base))
    last = seen.last_ticks * float(base) or (1 / rate if rate else _usual_step(times))
    duration = float(times[-1]) + last
    rotation, mirrored = orientation(first)
    width, height = (first.height, first.width) if rotation % 180 else (first.width, first.height)
    # Where a packet is decoded and where its picture is shown are two places; `order` leads between them.
    entries = np.array([] if counted else seen.entries, dtype=np.int64)
    shown = order[entries]
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        rotation=rotation,
        mirrored=mirrored,
        pixel_aspect=_pixel_aspect(stream, rotation),
        fps=rate or len(ticks) / duration,
        n_frames=len(ticks),
        times=times,
        duration=len(ticks) / rate if rate and abs(len(ticks) / rate - duration) < 0.5 / rate else duration,
        variable=rate is None,
        codec=stream.codec_context.codec.canonical_name,
        has_audio=audio,
        keyframes=np.unique(order[np.array(seen.keys, dtype=np.int64)]),
        start=float(int(ticks[0]) * base),
        problem=_problem(path, container, stream, seen, len(ticks), duration),
        packets=PacketIndex(
            stream=stream.index,
            time_base=base,
            ticks=ticks,
            counted=counted,
            entries=shown,
            entry_ticks=ticks[shown],
        ),
    )


def _presented(
    path: Path, container: InputContainer, stream: VideoStream, seen: _Seen
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
    """(N,) times of the frames in order, (P,) the frame of each packet, and whether frames are counted."""
    import numpy as np

    pts, dts = np.array(seen.pts, dtype=np.int64), np.array(seen.dts, dtype=np.int64)
    if not len(pts):
        why = f" ({seen.stopped})" if seen.stopped else ""
        raise DataDamagedError(f"{path}: its video stream has no packets{why}.", ANOTHER)
    # AVI stores no presentation times. Times that rise in decoding order though pictures are reordered are
    # none; the n-th picture shown then stands at the n-th of them.
    missing = bool((pts == MISSING).any())
    reordered = bool(stream.codec_context.has_b_frames) and bool((np.diff(pts) > 0).all())
    counted = missing or (reordered and container.format.name == "avi")
    if missing and (dts == MISSING).any():
        raise DataDamagedError(
            f"{path}: its packets have no time stamps, so its frames have no times.",
            "Put it in a container that has them: `ffmpeg -i IN -c copy OUT.mp4`.",
        )
    ticks, order = np.unique(dts if missing else pts, return_inverse=True)
    return ticks, order.astype(np.int64), counted


def _rate(stream: VideoStream, times: NDArray[np.float64], tick: float) -> float | None:
    """The constant rate that all times follow, or None."""
    import numpy as np

    steps = len(times) - 1
    candidates = [float(rate) for rate in (stream.average_rate, stream.base_rate) if rate]
    if steps:
        candidates.append(steps / float(times[-1]))
    for rate in candidates:
        if np.abs(times - np.arange(steps + 1) / rate).max() <= STEADY * tick + 1e-9:
            return rate
    return None


def _pixel_aspect(stream: VideoStream, rotation: int) -> Fraction:
    stored = stream.sample_aspect_ratio
    if not stored or stored < 0:  # nobody said
        return Fraction(1)
    return 1 / stored if rotation % 180 else Fraction(stored)


def _usual_step(times: NDArray[np.float64]) -> float:
    import numpy as np

    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0


def _problem(
    path: Path, container: InputContainer, stream: VideoStream, seen: _Seen, frames: int, duration: float
) -> str:
    """What is missing at the end, or the empty string.

    Edit lists hide frames, and headers may promise more than was ever written: neither is damage by itself.
    """
    step, cut = duration / frames, is_cut(path)
    start = max(0.0, (container.start_time or 0) / 1_000_000)
    own = _own_duration(stream)
    declared = (container.duration or 0) / 1_000_000 if own is None else own
    reached = seen.end if own is None else duration
    lost = start + declared - reached
    if cut and stream.frames > frames:
        whole = max(declared, stream.frames * step)
        missing = f"{stream.frames - frames} of {stream.frames} frames are missing"
        return f"it ends at {duration:.2f} s of {whole:.2f} s, {missing}"
    if seen.stopped:
        return f"reading stops at {duration:.2f} s of {declared:.2f} s ({seen.stopped})"
    if (cut and lost > 1.5 * step) or (container.format.name in ENTERED and lost > max(1.0, 0.05 * declared)):
        return f"it ends at {duration:.2f} s of {declared:.2f} s, about {lost / step:.0f} frames are missing"
    return ""


def _own_duration(stream: VideoStream) -> float | None:
    """Seconds of the video stream alone, where Matroska says it in a tag."""
    parts = stream.metadata.get("DURATION", "").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3_600 + minutes * 60 + seconds
