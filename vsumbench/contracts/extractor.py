"""An extractor is an encoder with a sampling rule and a typed output whose size is known before it runs."""

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
        encoder: encoder id, or empty for extractors without weights.
        output: the feature it writes; `output.extractor` is `id@version`.
        sampling: `fps` (steps a second, first frame at or after each instant), `count` or `picks`.
        rate: the fps or the count; None for picks.
        implementation: `module:callable`, called as `build(context)`.
    """

    id: str
    version: str
    title: str
    output: FeatureSpec
    implementation: str
    encoder: str = ""
    sampling: Literal["fps", "count", "picks"] = "picks"
    rate: float | None = None
    extras: tuple[Extra, ...] = ()
    citation: Citation | None = None
    aliases: tuple[str, ...] = ()
    api_version: int = FIRST_API_VERSION


class Extractor(Protocol):
    """A built extractor: streams feature rows of one video in order, with bounded memory."""

    def extract(self, video: Video) -> Iterator[NDArray[np.float32]]:
        """Blocks (b, *shape) whose lengths sum to the number of steps."""
        ...
