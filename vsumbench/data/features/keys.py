"""What extracted vectors follow from, and the digest they are kept under."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vsumbench.data.digests import sha256_json

if TYPE_CHECKING:
    from vsumbench.contracts import Video


@dataclass(frozen=True, kw_only=True)
class FeatureKey:
    """Equal keys, equal vectors: whatever the vectors depend on is in it, but for two things.

    The extractor's source is in it by the version alone, which whoever changes a value has to raise. Devices
    and versions of packages are not in it: their values differ by rounding, and share an entry.

    The id of the video, the name of a file and the place of the weights are not in it either.

    Attributes:
        source: sha256 of what the frames are decoded or drawn from.
        extractor: `id@version`.
        weights: sha256 of its weights; empty for extractors without.
        picks: `picks_digest` of the video.
        precision: `float32`, `bfloat16` or `float64`: what it computed in.
    """

    source: str
    extractor: str
    weights: str
    picks: str
    precision: str = "float32"

    @cached_property
    def digest(self) -> str:
        """Sha256 hex over all of it: the name of the file."""
        return sha256_json(asdict(self))


def picks_digest(video: Video) -> str:
    """Sha256 hex over the native frame indices and the times (seconds) of a video's steps."""
    import numpy as np

    digest = hashlib.sha256(np.ascontiguousarray(video.picks, dtype="<i8").tobytes())
    digest.update(np.ascontiguousarray(video.pick_times, dtype="<f8").tobytes())
    return digest.hexdigest()
