"""Writes a small video file from frames, as planted and test clips are: the same bytes on one machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vsumbench.errors import OptionValueError, StorageError, UnavailableError

from .opening import import_av, reason

if TYPE_CHECKING:
    import numpy as np
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {
        "preset": "veryfast",
        "crf": "18",
        "x264-params": "threads=1:lookahead-threads=1",
    },
    "libx265": {
        "preset": "veryfast",
        "crf": "18",
        "x265-params": "pools=none:log-level=none",
    },
    "mpeg4": {"flags": "+qscale", "global_quality": "354", "bf": "2"},
    "libvpx": {"crf": "10", "b": "2M", "deadline": "good", "cpu-used": "4", "threads": "1"},
    "libvpx-vp9": {"crf": "24", "b": "0", "deadline": "good", "cpu-used": "5", "threads": "1", "row-mt": "0"},
    "libsvtav1": {"preset": "10", "crf": "30", "svtav1-params": "lp=1"},
    "ffv1": {"level": "3", "slicecrc": "1"},
    "mjpeg": {"flags": "+qscale", "global_quality": "354"},
}
"""What each encoder is told: one thread, and a quality at which small details survive."""
TICKS = 60_000
"""Ticks a second where frames have times of their own; MPEG-4 has no more than 65 535."""
SOUND_RATE = 48_000
SOUND_CODEC = {".webm": "libopus", ".mkv": "aac", ".mp4": "aac", ".mov": "aac", ".avi": "mp3"}


def encode(
    path: Path,
    frames: Iterable[Pixels],
    fps: float | Fraction,
    *,
    codec: str = "libx264",
    times: Sequence[float] | None = None,
    gop: int | None = None,
    pixel_format: str = "yuv420p",
    rotation: int = 0,
    tone: float | None = None,
    options: dict[str, str] | None = None,
) -> None:
    """Write frames to a video file; its ending says which container.

    Args:
        path: the file, overwritten.
        frames: (height, width, 3) uint8 RGB each, all of one size, taken one by one.
        fps: frames a second; with `times`, what the header says.
        codec: an encoder of FFmpeg.
        times: seconds of each frame, increasing, where the rate varies.
        gop: frames from key frame to key frame at most.
        pixel_format: how pictures are stored; formats that halve colour need even sizes.
        rotation: degrees (0, 90, 180, 270) by which a player shall turn the pictures clockwise.
        tone: hertz of a sine tone as sound track; None for no sound.
        options: further options of the encoder.

    Raises:
        UnavailableError: PyAV, or this encoder in it, is not there.
        OptionValueError: no frames, frames of several sizes, or what the encoder refuses.
        StorageError: the file cannot be written.
    """
    av = import_av()
    try:
        container = av.open(str(Path(path).absolute()), "w", options=_container_options(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise StorageError(f"{path} cannot be written: {reason(error)}.") from None
    try:
        with container:
            settings = {**OPTIONS.get(codec, {}), **(options or {})}
            _write(container, path, iter(frames), Fraction(fps).limit_denominator(100_000), codec, times, gop,
                   pixel_format, rotation, tone, settings)  # fmt: skip
    except av.codec.codec.UnknownCodecError:
        raise UnavailableError(f"this build of FFmpeg has no encoder {codec!r}.") from None
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise StorageError(f"{path} cannot be written: {reason(error)}.") from None
        raise OptionValueError(
            f"{path}: the encoder {codec!r} refuses these frames or options: {reason(error)}."
        ) from None


def _container_options(path: Path) -> dict[str, str]:
    # Without it files carry the library's version, and Matroska a random number.
    options = {"fflags": "+bitexact"}
    if path.suffix in (".mp4", ".mov"):
        options["movflags"] = "+faststart"
    return options


def _write(
    container: OutputContainer,
    path: Path,
    frames: Any,
    fps: Fraction,
    codec: str,
    times: Sequence[float] | None,
    gop: int | None,
    pixel_format: str,
    rotation: int,
    tone: float | None,
    options: dict[str, str],
) -> None:
    import numpy as np

    av = import_av()
    first = next(frames, None)
    if first is None:
        raise OptionValueError(f"{path}: there are no frames to write.")
    container.flags |= av.container.Flags.bitexact.value
    stream = cast("VideoStream", container.add_stream(codec, rate=fps, options=options))
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = pixel_format
    context = stream.codec_context
    context.thread_count = 1
    context.flags |= av.codec.context.Flags.bitexact.value
    if gop is not None:
        context.gop_size = gop
    base = 1 / fps if times is None else Fraction(1, TICKS)
    context.time_base = base
    if rotation:
        stream.set_display_rotation(-rotation)
    sound = None if tone is None else _Sound(container, path, tone)
    number, pixels, last = 0, first, -1
    while pixels is not None:
        if pixels.shape != first.shape or pixels.dtype != np.uint8:
            raise OptionValueError(
                f"{path}: frame {number} is {pixels.dtype} {pixels.shape}, the first uint8 {first.shape}."
            )
        at = number if times is None else round(times[number] * TICKS)
        if at <= last:
            raise OptionValueError(f"{path}: the times of frames {number - 1} and {number} do not increase.")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        picture = picture.reformat(format=pixel_format, threads=1)
        picture.pts, picture.time_base, last = at, base, at
        container.mux(stream.encode(picture))
        if sound is not None:
            sound.reach(float((at + 1) * base) if times is None else float(at * base + 1 / fps))
        number, pixels = number + 1, next(frames, None)
    container.mux(stream.encode(None))
    if sound is not None:
        sound.end()


class _Sound:
    """A sine tone that is written along with the pictures."""

    def __init__(self, container: OutputContainer, path: Path, hertz: float) -> None:
        av = import_av()
        codec = SOUND_CODEC.get(path.suffix.lower(), "aac")
        self._container, self._hertz, self._written = container, hertz, 0
        self._stream = cast("AudioStream", container.add_stream(codec, rate=SOUND_RATE, layout="mono"))
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact.value
        self._stream.codec_context.open()
        self._block = self._stream.codec_context.frame_size or 1_024

    def reach(self, seconds: float) -> None:
        """Write sound until this time, in whole blocks."""
        import numpy as np

        av = import_av()
        while self._written + self._block <= seconds * SOUND_RATE:
            at = np.arange(self._written, self._written + self._block) / SOUND_RATE
            wave = (0.25 * np.sin(2 * np.pi * self._hertz * at)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(wave[None], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._written, Fraction(1, SOUND_RATE)
            self._container.mux(self._stream.encode(frame))
            self._written += self._block

    def end(self) -> None:
        """Write what the encoder holds back."""
        self._container.mux(self._stream.encode(None))
