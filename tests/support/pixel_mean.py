"""An extractor for tests: the mean colour of a frame, times a factor that may come from a file of weights."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Context, ExtractorSpec, FeatureSpec, Frame, Video
from vsumbench.data import sha256_file

SPEC = ExtractorSpec(
    id="pixel-mean",
    version="1",
    title="Mean colour",
    output=FeatureSpec(name="pixel-mean", shape=(3,), extractor="pixel-mean@1"),
    implementation="pixel_mean:build",
)
WEIGHTED = replace(
    SPEC,
    takes="a file with a number",
    checkpoint="pixel_mean:find",
    implementation="pixel_mean:build_weighted",
)
PARTS = replace(
    SPEC,
    output=FeatureSpec(name="", shape=(None, 3), extractor="pixel-mean@1"),
    takes="how many bands",
    checkpoint="pixel_mean:bands",
    implementation="pixel_mean:build_bands",
)


@dataclass(frozen=True)
class Mean:
    """Blocks of two rows."""

    factor: float = 1.0
    bands: int = 0

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, 3), or (b, bands, 3)."""
        assert video.frames is not None
        block: list[NDArray[np.float32]] = []
        for frame in video.frames():
            block.append(self._row(frame.pixels))
            if len(block) == 2:
                yield np.stack(block)
                block = []
        if block:
            yield np.stack(block)

    def _row(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        bands = np.array_split(pixels, self.bands or 1)
        means = np.stack([band.mean(axis=(0, 1)) for band in bands]).astype(np.float32)
        return (means if self.bands else means[0]) * np.float32(self.factor)


@dataclass(frozen=True)
class Bands:
    """Completes the output: how many bands there are."""

    count: int

    def sha256(self) -> str:
        """Another number of bands is another extractor."""
        return f"{self.count:064x}"

    def complete(self, output: FeatureSpec) -> FeatureSpec:
        """With the size filled in."""
        return replace(output, name=f"bands-{self.count}", shape=(self.count, 3))


@dataclass(frozen=True)
class Found:
    """A file of weights."""

    path: Path

    def sha256(self) -> str:
        """Of the file."""
        return sha256_file(self.path)


def build(context: Context) -> Mean:
    """Without weights."""
    return Mean()


def find(argument: str) -> Found:
    """The file."""
    return Found(Path(argument))


def build_weighted(context: Context, argument: str) -> Mean:
    """With the factor of a file."""
    return Mean(float(Path(argument).read_text()))


def bands(argument: str) -> Bands:
    """So many bands."""
    return Bands(int(argument))


def build_bands(context: Context, argument: str) -> Mean:
    """One mean a band."""
    return Mean(bands=int(argument))


def draw(path: Path, told: Callable[[int], None], steps: Sequence[int]) -> Iterator[Frame]:
    """Frames that follow from the bytes of a file."""
    seed = list(path.read_bytes())
    for step in steps:
        told(step)
        pixels = np.random.default_rng([*seed, step]).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        yield Frame(index=step, time=step / 2, pixels=pixels)


def nobody(step: int) -> None:
    """Nobody is told."""


def drawn(path: Path, steps: int = 5, told: Callable[[int], None] = nobody) -> Video:
    """A video of `steps` steps, two a second, whose frames and source are those of a file."""
    return Video(
        id=path.stem,
        duration=steps / 2,
        fps=2.0,
        n_frames=steps,
        picks=np.arange(steps, dtype=np.int64),
        frames=partial(draw, path, told, range(steps)),
        frames_at=partial(draw, path, told),
        source=partial(sha256_file, path),
    )


class KillAt:
    """Ends this process, without unwinding anything, when so many frames have been drawn."""

    def __init__(self, frame: int) -> None:
        self.left = frame

    def __call__(self, step: int) -> None:
        """Count a frame."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
