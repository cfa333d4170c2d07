"""Small video files with scenes whose cuts are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from vsumbench.data.video import encode

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

FPS = 12


def scene_frames(
    seconds: Sequence[float],
    *,
    fps: int = FPS,
    size: tuple[int, int] = (72, 96),
    dim: float = 1.0,
    seed: int = 0,
) -> Iterator[NDArray[np.uint8]]:
    """Scenes of these lengths, each of its own colours, with an object that moves through it.

    `dim`: by how much the light of each scene falls from its first frame to its last.
    """
    draw = np.random.default_rng(seed)
    height, width = size
    for length in seconds:
        ground = np.ones((height, width, 3)) * draw.integers(30, 220, 3)
        ground += draw.normal(0, 40, 3) * (np.arange(height) / height)[:, None, None]
        for _ in range(6):
            top, left = draw.integers(0, height - 12), draw.integers(0, width - 12)
            ground[top : top + draw.integers(8, 30), left : left + draw.integers(8, 30)] = draw.integers(
                0, 255, 3
            )
        colour, row = draw.integers(0, 255, 3), int(draw.integers(0, height - 14))
        count = round(length * fps)
        for index in range(count):
            frame = ground.copy()
            at = int(index / count * (width - 14))
            frame[row : row + 14, at : at + 14] = colour
            frame *= 1 + (dim - 1) * index / max(count - 1, 1)
            yield np.clip(frame, 0, 255).astype(np.uint8)


def write_with_sound(path: Path, *, seconds: int, begin: float) -> Path:
    """Four scenes; from second `begin` on a tone, AAC in mono at 44.1 kHz."""
    import av

    with av.open(str(path), "w") as container:
        pictures = cast("VideoStream", container.add_stream("libx264", rate=FPS))
        pictures.height, pictures.width, pictures.pix_fmt = 72, 96, "yuv420p"
        sound = cast("AudioStream", container.add_stream("aac", rate=44_100, layout="mono"))
        for index, pixels in enumerate(scene_frames((seconds / 4,) * 4)):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            picture.pts = index
            container.mux(pictures.encode(picture))
        container.mux(pictures.encode(None))
        for at in range(0, int((seconds - begin) * 44_100), 1_024):
            wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(at, at + 1_024) / 44_100)
            frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, at + int(begin * 44_100)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def write_clip(path: Path, seconds: Sequence[float] = (4, 6, 3, 5, 6), **options: Any) -> Path:
    """A clip of these scenes; the options are those of `encode` and of `scene_frames`."""
    own = {key: options.pop(key) for key in ("size", "dim", "seed") if key in options}
    encode(path, scene_frames(seconds, **own), FPS, **options)
    return path
