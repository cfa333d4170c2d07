"""The summary as a video file: the frames of the segments, one after another, with their sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Frame
from vsumbench.data.video import VideoInfo, stream_frames
from vsumbench.errors import StorageError, UnavailableError

from .sound import Sound
from .timeline import Segment, Timeline

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.reformatter import VideoReformatter

TICKS = 90_000
"""Ticks a second of the pictures: the usual rates, 24000/1001 among them, come out whole."""
_HD = 720
"""Rows from which players take untagged colours for BT.709."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """What was written: seconds, frames, size, and whether with sound."""

    seconds: float
    frames: int
    width: int
    height: int
    sound: bool


def write_film(
    path: Path,
    info: VideoInfo,
    segments: Sequence[Segment],
    line: Timeline,
    *,
    sound: bool = True,
    progress: Callable[[int, int], None] | None = None,
    threads: int = 1,
) -> Film:
    """Write the segments as H.264 (yuv420p) and, where the source has sound, AAC, into an MP4 file.

    Pictures are those that are shown, turned as the source says; pixels that are not square stay so. H.264
    stores even sizes: a last column or row is repeated where one is odd. Frames keep the distances in time
    they have in the source.

    Args:
        path: the file, overwritten.
        info: the source.
        segments: in the order of the video, at least one.
        line: when frames are shown.
        sound: keep the sound where there is any.
        progress: told how many frames are written, of how many.
        threads: threads of the decoder.

    Raises:
        DataDamagedError: a frame, or the sound, cannot be decoded.
        OSError: the file cannot be written.
        StorageError: the encoder refuses these pictures.
        UnavailableError: this build of FFmpeg cannot write H.264.
    """
    import av

    wanted = np.concatenate([np.arange(segment.first, segment.stop) for segment in segments])
    frames = stream_frames(info.path, wanted, info=info, threads=threads)
    try:
        with av.open(str(path.absolute()), "w", options={"movflags": "+faststart"}) as output:
            pictures = _Pictures(output, info)
            track = Sound(info, output) if sound and info.has_audio else None
            try:
                reached, written = 0.0, 0
                for segment in segments:
                    end = reached + line.seconds(segment.first, segment.stop)
                    if track is not None:
                        track.begin(float(line.edges[segment.first]), end)
                    for index in range(segment.first, segment.stop):
                        pictures.add(next(frames), reached + line.seconds(segment.first, index))
                        written += 1
                        if track is not None:
                            track.reach(reached + line.seconds(segment.first, index + 1))
                        if progress is not None:
                            progress(written, len(wanted))
                    if track is not None:
                        track.reach(end)
                    reached = end
                pictures.finish(line.seconds(segments[-1].stop - 1, segments[-1].stop))
                if track is not None:
                    track.finish()
            finally:
                frames.close()  # type: ignore[attr-defined]
                if track is not None:
                    track.close()
    except av.codec.codec.UnknownCodecError as error:
        raise UnavailableError(f"this build of FFmpeg cannot write H.264: {error}.") from None
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise  # of the place, which whoever chose it has words for
        raise StorageError(f"{path.name} cannot be written: {error.strerror or error}.") from error
    return Film(
        seconds=reached,
        frames=written,
        width=pictures.width,
        height=pictures.height,
        sound=track is not None,
    )


class _Pictures:
    def __init__(self, output: OutputContainer, info: VideoInfo) -> None:
        from av.video.reformatter import Colorspace, VideoReformatter

        self._output = output
        self.width, self.height = info.width + info.width % 2, info.height + info.height % 2
        rate = Fraction(info.fps).limit_denominator(100_000)
        options = {"preset": "veryfast", "crf": "20"}
        if info.variable:
            # MP4 tells how long pictures last in the order of decoding, which then is that of showing.
            options["bf"] = "0"
        self._stream = output.add_stream("libx264", rate=rate, options=options)
        self._stream.width, self._stream.height, self._stream.pix_fmt = self.width, self.height, "yuv420p"
        context = self._stream.codec_context
        context.time_base = Fraction(1, TICKS)
        context.sample_aspect_ratio = info.pixel_aspect
        # 1: BT.709, 6: SMPTE 170M (ISO/IEC 23091-2); said, so that no player has to guess.
        self._matrix = 1 if self.height >= _HD else 6
        context.colorspace = context.color_primaries = context.color_trc = self._matrix
        self._to = int(Colorspace.ITU709 if self._matrix == 1 else Colorspace.ITU601)
        self._reformatter: VideoReformatter = VideoReformatter()
        self._last = -1

    def add(self, frame: Frame, at: float) -> None:
        import av

        # A time that rounds to the tick of the frame before is moved to the next tick.
        self._last = max(self._last + 1, round(at * TICKS))
        picture = av.VideoFrame.from_ndarray(_even(frame.pixels), format="rgb24")
        picture = self._reformatter.reformat(picture, format="yuv420p", dst_colorspace=self._to, threads=1)
        picture.pts, picture.time_base = self._last, Fraction(1, TICKS)
        self._output.mux(self._stream.encode(picture))

    def finish(self, seconds: float) -> None:
        """`seconds`: how long the last frame is shown."""
        packets = self._stream.encode(None)
        if packets:
            last = max(packets, key=lambda packet: packet.pts or 0)
            last.duration = max(1, round(seconds * TICKS))
        self._output.mux(packets)


def _even(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return pixels
