"""Made-up spans, and frames with texts, for metrics that compare such; and an encoder that knows colours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vsumbench.contracts import CrossItem, Frame, Seeds, SpanItem, Video

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEPS = 40
DIM = 12
Example = SpanItem | CrossItem


@dataclass(frozen=True)
class ColourEncoder:
    """Images and texts to vectors of one space, without weights: mean colours, and a draw for each word."""

    def pooled_images(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, DIM): mean colour of four stripes."""
        import numpy as np

        rows = [
            np.concatenate([part.reshape(-1, 3).mean(axis=0) for part in np.array_split(image, 4, axis=1)])
            for image in pixels
        ]
        return (np.stack(rows) / 255.0 - 0.4).astype(np.float32)

    def image_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, 1, DIM): the pooled vector as the only token."""
        return self.pooled_images(pixels)[:, None]

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, DIM): the mean of a vector drawn for each word."""
        import numpy as np

        def word(text: str) -> NDArray[np.float64]:
            digest = hashlib.sha256(text.encode()).digest()
            drawn: NDArray[np.float64] = np.frombuffer(digest[:DIM], dtype=np.uint8) / 255.0 - 0.4
            return drawn

        rows = [np.mean([word(part) for part in text.split() or [""]], axis=0) for text in texts]
        return np.stack(rows).astype(np.float32)


def spans(number: int = 0) -> SpanItem:
    """Predicted spans that have something, and not all, to do with two sets of references."""
    import numpy as np

    draw = Seeds(number).child("conformance", "spans").generator()
    starts = np.arange(4) * 10.0
    references = tuple(np.stack([starts, starts + draw.uniform(4, 9, 4)], axis=1) for _ in range(2))
    moved = references[0] + draw.uniform(-3, 3, (4, 1))
    return SpanItem(np.clip(moved, 0, None), references, (0.3, 0.5, 0.7, 0.9))


def frames_and_texts(number: int = 0) -> CrossItem:
    """A video of noise that changes colour, with selections of its steps and sentences."""
    import numpy as np

    draw = Seeds(number).child("conformance", "frames").generator()
    colours = draw.integers(0, 256, (STEPS, 1, 4, 3)).repeat(4, axis=1).astype(np.uint8)

    def stream() -> Iterator[Frame]:
        for step in range(STEPS):
            yield Frame(index=step, time=float(step), pixels=colours[step])

    video = Video(
        id=f"example_{number}",
        duration=float(STEPS),
        fps=1.0,
        n_frames=STEPS,
        picks=np.arange(STEPS),
        frames=stream,
    )
    importance = draw.random(STEPS)
    return CrossItem(
        video=video,
        importance=importance,
        predicted_frames=importance > 0.8,
        reference_frames=draw.random((3, STEPS)) < 0.2,
        predicted_texts=("two dogs chase a ball", "the ball rolls away"),
        reference_texts=("dogs play in a park", "a ball is lost", "somebody laughs"),
        seed=number,
    )


def same_as_reference(example: Example) -> Example:
    """The example with its (first) reference as the prediction."""
    if isinstance(example, SpanItem):
        return replace(example, predicted=example.references[0], references=example.references[:1])
    return replace(
        example,
        predicted_frames=example.reference_frames[0],
        reference_frames=example.reference_frames[:1],
        predicted_texts=example.reference_texts,
    )


def empties(example: Example) -> list[Example]:
    """The example with nothing predicted, and with nothing to compare with."""
    import numpy as np

    if isinstance(example, SpanItem):
        none = np.zeros((0, 2))
        return [replace(example, predicted=none), replace(example, references=(none,))]
    return [
        replace(example, predicted_frames=np.zeros_like(example.predicted_frames)),
        replace(example, reference_frames=np.zeros_like(example.reference_frames)),
        replace(example, predicted_texts=()),
        replace(example, predicted_texts=("",)),
        replace(example, reference_texts=()),
    ]


def reordered(example: Example) -> Example:
    """The example with predictions listed the other way round."""
    if isinstance(example, SpanItem):
        return replace(example, predicted=example.predicted[::-1])
    return replace(
        example,
        predicted_texts=example.predicted_texts[::-1],
        reference_texts=example.reference_texts[::-1],
    )
