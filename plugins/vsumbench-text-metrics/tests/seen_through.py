"""A tiny encoder whose vectors a test writes down, and videos it can see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import CrossItem, Frame, Video


class Table:
    """An `Encoder`: frame t has vector t of a table, a text the vector written for it."""

    def __init__(self, frames: Any, texts: Mapping[str, Any] | None = None) -> None:
        self._frames = np.asarray(frames, dtype=np.float32)
        self._texts = texts or {}
        self.batches: list[int] = []

    def pooled_images(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        self.batches.append(len(pixels))
        return self._frames[[int(picture[0, 0, 0]) for picture in pixels]]

    def image_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return self.pooled_images(pixels)[:, None]

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray([self._texts[text] for text in texts], dtype=np.float32)


class Cutting(Table):
    """One that reads the first word alone."""

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().pooled_text([text.split()[0] for text in texts])

    def truncated(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) > 1 for text in texts)


def draw(steps: Sequence[int]) -> Iterator[Frame]:
    for step in steps:
        yield Frame(index=step, time=float(step), pixels=np.full((2, 2, 3), step, dtype=np.uint8))


def video(steps: int, name: str = "v1", **changed: Any) -> Video:
    """A video of one frame a second; the pixels of frame t are all t."""
    facts: dict[str, Any] = {
        "id": name,
        "duration": float(steps),
        "fps": 1.0,
        "n_frames": steps,
        "picks": np.arange(steps),
        "frames": partial(draw, range(steps)),
        "frames_at": draw,
    }
    return Video(**{**facts, **changed})


def frames(steps: int, *chosen: int) -> NDArray[np.bool_]:
    row = np.zeros(steps, dtype=np.bool_)
    row[list(chosen)] = True
    return row


def item(steps: int, predicted: Sequence[int], *references: Sequence[int], **changed: Any) -> CrossItem:
    """An item without texts and importance, of the steps named."""
    rows = [frames(steps, *row) for row in references]
    facts: dict[str, Any] = {
        "video": video(steps),
        "importance": None,
        "predicted_frames": frames(steps, *predicted),
        "reference_frames": np.array(rows, dtype=np.bool_).reshape(len(rows), steps),
        "predicted_texts": (),
        "reference_texts": (),
        "seed": 7,
    }
    return CrossItem(**{**facts, **changed})
