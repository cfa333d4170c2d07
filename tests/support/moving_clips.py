"""Tiny video files for tests: a marked square moves over a textured ground."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.data.video import encode

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 96, 64
TUNED: dict[str, dict[str, str]] = {
    "open-gop": {"x264-params": "open-gop=1:bframes=4:b-pyramid=normal:threads=1"},
    "hevc-open-gop": {"x265-params": "open-gop=1:bframes=4:pools=none:log-level=none"},
    "alt-ref": {"auto-alt-ref": "1", "lag-in-frames": "16"},
}
"""Encoder options under the names tests use for them."""


def moving(count: int, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Pixels]:
    """Frames that all differ: the ground rolls by two pixels a frame, the square's blue tells the index."""
    ground = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    ground = np.repeat(np.repeat(ground[::4, ::4], 4, axis=0), 4, axis=1)[:height, :width]
    for index in range(count):
        frame = np.roll(ground, 2 * index, axis=1).copy()
        left = 2 * index % max(1, width // 2)
        frame[height // 6 : height // 2, left : left + max(1, width // 5)] = (255, 30, index % 256)
        yield frame


def clip(path: Path, count: int = 60, fps: float = 25, **settings: Any) -> Path:
    """Write such a clip; settings are those of `encode`, and `size` (width, height)."""
    width, height = settings.pop("size", (WIDTH, HEIGHT))
    encode(path, moving(count, width, height), fps, **settings)
    return path


def aspect_clip(path: Path, aspect: Fraction, rotation: int = 0, count: int = 50) -> Path:
    """Such a clip with pixels `aspect` times as wide as high, before they are turned."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(-rotation)
        for number, pixels in enumerate(moving(count)):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def plain(path: Path) -> list[Pixels]:
    """Every frame as a plain PyAV loop gives it."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]  # type: ignore[misc]


def likeness(one: Pixels, other: Pixels) -> float:
    """Peak signal-to-noise ratio in decibels; infinite where they are equal."""
    error = float(np.mean((one.astype(float) - other) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def remuxed(source: Path, target: Path, shift: float = 0.0, drop_video: bool = False) -> Path:
    """The same packets in another container, later by `shift` seconds (negative: earlier)."""
    import av

    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        streams = {
            stream.index: writer.add_stream_from_template(stream)
            for stream in reader.streams
            if not (drop_video and stream.type == "video")
        }
        for packet in reader.demux():
            if not packet.size or packet.stream.index not in streams:
                continue
            ticks = round(shift / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks
            packet.stream = streams[packet.stream.index]
            writer.mux(packet)
    return target
