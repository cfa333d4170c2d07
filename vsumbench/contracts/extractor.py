"""An extractor turns the picks of a video into a feature whose type and size are known before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from .specs import FIRST_API_VERSION, Citation, Extra, FeatureSpec
from .video import Video


@dataclass(frozen=True, kw_only=True)
class ExtractorSpec:
    """An extractor as data.

    Attributes:
        encoder: encoder id, or empty for extractors without one.
        output: the feature it writes, one row a pick of the video; `output.extractor` is `id@version`. Where
            the name is empty the last part of the argument is the feature's name (`clip-vit-base-patch32`).
        implementation: `module:callable`, called as `build(context)`; as `build(context, argument)` if it
            takes one.
        takes, argument: what may stand in brackets behind the name (a weights file, a checkpoint, a folder of
            feature files), and what stands there if nothing is said; as in `MetricSpec`.
        checkpoint: `module:function` that finds what the argument names; its `sha256()` enters the key of
            every feature, and the first 12 digits follow `id@version` where features say who wrote them. What
            it finds may have `complete(output)`, which fills in a name and sizes that depend on it.
        sampling, rate: the steps it is meant for, as `fps` (steps a second) or `count`, where nothing else
            says which frames of a file are looked at; `picks` means no wish. A row is one pick in any case.
        frames: whether it looks at frames; false for loaders of feature files.
    """

    id: str
    version: str
    title: str
    output: FeatureSpec
    implementation: str
    encoder: str = ""
    takes: str = ""
    argument: str = ""
    checkpoint: str = ""
    sampling: Literal["fps", "count", "picks"] = "picks"
    rate: float | None = None
    frames: bool = True
    extras: tuple[Extra, ...] = ()
    citation: Citation | None = None
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION


class Extractor(Protocol):
    """A built extractor: streams feature rows of one video in order, with bounded memory."""

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, *shape) whose lengths sum to the number of steps of the video."""
        ...
