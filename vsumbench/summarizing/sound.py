"""The sound of the selected segments, cut to the sample and put one after another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vsumbench.data.video import VideoInfo
from vsumbench.data.video.opening import FORMATS

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

RATE = 48_000
"""Samples a second that are written, whatever the source has: every player and every AAC encoder takes it."""
_BEFORE = 0.5
"""Seconds before a segment at which decoding begins: a decoder of sound needs a few frames to be right."""
_FADE = 240
"""Samples (5 ms) over which sound comes and goes at a cut, so that it does not click."""
_BLOCK = 1024
"""Samples an AAC frame has."""

Samples = NDArray[np.float32]


class Sound:
    """The sound track of a summary, read from the first one of the source and encoded as AAC.

    Its clock is that of the pictures: up to second t of the summary, t x 48,000 samples are written. Where
    the source has no sound, or none that can be decoded, there is silence. More than two channels are mixed
    to two.
    """

    def __init__(self, info: VideoInfo, output: OutputContainer) -> None:
        self._info = info
        self._open()
        self._layout = "mono" if self._track.codec_context.channels == 1 else "stereo"
        self._output = output
        self._stream = output.add_stream("aac", rate=RATE, layout=self._layout)
        self._stream.codec_context.bit_rate = 96_000 if self._layout == "mono" else 160_000
        self._pieces: Iterator[Samples] = iter(())
        self._rest = self._waiting = np.zeros((1 if self._layout == "mono" else 2, 0), dtype=np.float32)
        self._done = self._end = self._encoded = 0

    def begin(self, start: float, until: float) -> None:
        """A segment follows: from second `start` of the source, up to second `until` of the summary."""
        self._end = max(self._done, round(until * RATE))
        self._pieces = self._faded(start, self._end - self._done)
        self._rest = self._rest[:, :0]

    def reach(self, seconds: float) -> None:
        """Write the sound up to this second of the summary, within the segment."""
        target = min(self._end, round(seconds * RATE))
        while self._done < target:
            if not self._rest.shape[1]:
                self._rest = next(self._pieces)
            now, self._rest = np.split(self._rest, [target - self._done], axis=1)
            self._waiting = np.concatenate((self._waiting, now), axis=1)
            self._done += now.shape[1]
            self._encode(_BLOCK)

    def finish(self) -> None:
        """Write what is left."""
        self._encode(1)
        self._output.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def _open(self) -> None:
        import av

        options = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
        path = str(self._info.path.absolute())
        self._source: InputContainer = av.open(path, options=options, metadata_errors="replace")
        # One whose codec is not known has no context.
        tracks = (track for track in self._source.streams.audio if track.codec_context is not None)
        self._track: AudioStream = next(tracks)

    def _encode(self, least: int) -> None:
        import av

        while self._waiting.shape[1] >= least:
            block, self._waiting = np.split(self._waiting, [_BLOCK], axis=1)
            samples = np.ascontiguousarray(block)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self._encoded
            self._encoded += frame.samples
            self._output.mux(self._stream.encode(frame))

    def _faded(self, start: float, count: int) -> Iterator[Samples]:
        at, fade = 0, max(1, min(_FADE, count // 2))
        for piece in _filled(self._decoded(start, start + count / RATE), start, count, len(self._rest)):
            index = np.arange(at, at + piece.shape[1])
            gain = np.minimum(1, np.minimum(index + 0.5, count - index - 0.5) / fade)
            yield piece * gain.astype(np.float32)
            at += piece.shape[1]

    def _decoded(self, start: float, end: float) -> Iterator[tuple[float, Samples]]:
        """Blocks of samples with the second they begin at, on the clock of the pictures."""
        import av

        base = self._track.time_base
        assert base is not None
        told, resampler = None, None
        for frame in self._frames(max(0.0, start - _BEFORE) + self._info.start):
            if frame.pts is None:
                continue
            # Broadcasts change from stereo to surround and back.
            if told != (now := (frame.format.name, frame.layout.name, frame.sample_rate)):
                told, resampler = now, av.AudioResampler(format="fltp", layout=self._layout, rate=RATE)
            assert resampler is not None
            for block in resampler.resample(frame):
                assert block.pts is not None and block.time_base is not None
                yield float(block.pts * block.time_base) - self._info.start, _floats(block)
            if float(frame.pts * base) - self._info.start >= end:
                return

    def _frames(self, start: float) -> Iterator[AudioFrame]:
        """What is decoded from this second of the container on, or from before it, without what is broken."""
        import av

        base = self._track.time_base
        assert base is not None
        try:
            self._source.seek(int(start / base), stream=self._track)
        except av.FFmpegError:  # so Matroska answers where the first sound comes later
            self._source.close()
            self._open()
        packets = self._source.demux(self._track)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from packet.decode()
            except av.InvalidDataError:
                continue  # A broken packet is a moment of silence.
            except av.FFmpegError:
                return  # Nothing can be read behind this: silence until the end.


def _filled(
    blocks: Iterator[tuple[float, Samples]], start: float, count: int, channels: int
) -> Iterator[Samples]:
    """Exactly `count` samples from second `start` on: gaps are silence, what comes twice is taken once."""
    done = 0
    for at, block in blocks:
        first = round((at - start) * RATE)
        if first > done:
            silence = min(first, count) - done
            yield np.zeros((channels, silence), dtype=np.float32)
            done += silence
        piece = block[:, max(0, done - first) : max(0, count - first)]
        if piece.shape[1]:
            yield piece
            done += piece.shape[1]
        if done >= count:
            return
    if done < count:
        yield np.zeros((channels, count - done), dtype=np.float32)


def _floats(block: AudioFrame) -> Samples:
    return block.to_ndarray().astype(np.float32, copy=False)
