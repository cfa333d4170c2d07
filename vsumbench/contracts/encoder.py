"""An encoder turns images and text into tokens and pooled vectors; shared, so that a tower is loaded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from .specs import FIRST_API_VERSION, Citation, Extra


@dataclass(frozen=True, kw_only=True)
class EncoderSpec:
    """An encoder as data.

    Attributes:
        images, text: what it reads.
        dim: size of a pooled vector.
        tokens: (count, width) of an image's token sequence, or None.
        weights: weight ids it needs; empty for encoders that train nothing.
        implementation: `module:callable`, called as `build(context)`; as `build(context, argument)` if it
            takes one.
        takes, argument: what may stand in brackets behind the name (a checkpoint), and what stands there if
            nothing is said; as in `MetricSpec`. With a checkpoint of the user's choice `dim` is 0 and the
            vectors tell.
        checkpoint: `module:function` that finds the weights the argument names, as in `MetricSpec`; their
            digest enters the digests of what is predicted or scored through the encoder.
    """

    id: str
    version: str
    title: str
    images: bool
    text: bool
    dim: int
    implementation: str
    tokens: tuple[int, int] | None = None
    weights: tuple[str, ...] = ()
    takes: str = ""
    argument: str = ""
    checkpoint: str = ""
    extras: tuple[Extra, ...] = ()
    citation: Citation | None = None
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION


class Encoder(Protocol):
    """A built encoder. Pixels are (B, height, width, 3) uint8 RGB.

    One that reads a checkpoint may also have `describe()`: a line with its name and digest, which stands
    beside every number computed through it.
    """

    def pooled_images(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, dim) vectors."""
        ...

    def image_tokens(self, pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(B, count, width) token sequences."""
        ...

    def pooled_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, dim) vectors."""
        ...
