"""Contexts and videos for the tests of extractors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Context, Extractor, Folders, Frame, Seeds, Selection, Video
from vsumbench.data.features import ExtractionOptions


class Quiet:
    """Progress nobody watches."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None: ...


def refuse(name: str) -> Any:
    """A context without other plugins."""
    raise AssertionError(name)


def context(
    batch: int | None = None, dtype: str = "float32", encoder: Callable[[str], Any] = refuse
) -> Context:
    """A context on the CPU."""
    return Context(
        device="cpu",
        dtype=dtype,
        seeds=Seeds(0),
        folders=Folders(Path("unused"), Path("unused")),
        progress=Quiet(),
        options=ExtractionOptions(batch=batch),
        selection=Selection.LAST_EPOCH,
        validate=None,
        annotations=None,
        model=refuse,
        metric=refuse,
        encoder=encoder,
    )


def pictures(count: int, height: int = 40, width: int = 60, seed: int = 0) -> list[NDArray[np.uint8]]:
    """Random smooth pictures: 8 x 10 blocks, enlarged."""
    draw = np.random.default_rng([seed, count])
    small = draw.integers(0, 256, (count, 8, 10, 3), dtype=np.uint8)
    rows, columns = np.arange(height) * 8 // height, np.arange(width) * 10 // width
    return [one[rows][:, columns] for one in small]


def stream(pixels: Sequence[NDArray[np.uint8]], steps: Sequence[int] | None = None) -> Iterator[Frame]:
    """The pictures as frames, one a second."""
    for step in range(len(pixels)) if steps is None else steps:
        yield Frame(index=step, time=float(step), pixels=pixels[step])


def video(pixels: Sequence[NDArray[np.uint8]]) -> Video:
    """A video of these pictures."""
    return Video(
        id="v",
        duration=float(len(pixels)),
        fps=1.0,
        n_frames=len(pixels),
        picks=np.arange(len(pixels), dtype=np.int64),
        frames=partial(stream, pixels),
        frames_at=partial(stream, pixels),
    )


def all_rows(extractor: Extractor, of: Video) -> NDArray[np.float32]:
    """Every row of a video, in one array."""
    return np.concatenate(list(extractor.extract(of)))
