"""What frozen layers make of the sampled frames of a video: taken from a feature, or kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import ExtractorSpec, FeatureSpec, Video
from vsumbench.data.features import FeatureCache, FeatureKey, picks_digest
from vsumbench.errors import DataDamagedError, MismatchError

_SAMPLED = "sampled"
"""Follows the extractor's id: of these entries a row is a sampled frame, not a pick, and is float16."""
_added: dict[tuple[Path, str], int] = {}
"""Bytes this process added, by cache and extractor: all folds and passes of a run have one budget."""


@dataclass
class Kept:
    """Outputs of a tower, by video.

    Attributes:
        extractor: the extractor whose feature says the same.
        shape: of a frame's output.
        weights: digest of the weights behind it.
        precision: what it is computed in.
        budget: bytes that a process may add to the cache of extracted features; 0 keeps and looks for
            nothing.
    """

    extractor: ExtractorSpec
    shape: tuple[int, int]
    weights: str
    precision: str
    budget: int
    cache: FeatureCache = field(default_factory=FeatureCache, repr=False)

    @property
    def name(self) -> str:
        """Of the feature."""
        return self.extractor.output.name

    def offered(self, video: Video, steps: Sequence[int]) -> NDArray[np.float32] | None:
        """(T, *shape) rows of the video's own feature, one for each of `steps`; None where it has none.

        Raises:
            MismatchError: it is of other weights, or of another size.
            DataDamagedError: it has not a row for each step of the video.
        """
        feature = video.features.get(self.name)
        if feature is None:
            return None
        own = f"{self.extractor.id}@{self.extractor.version}+{self.weights[:12]}"
        if feature.spec.extractor not in (None, own):
            raise MismatchError(
                f"feature {self.name!r} of video {video.id!r} is of {feature.spec.extractor!r}; this model's "
                f"own tower is {own!r}.",
                f"Extract it with {self.extractor.id}[ID] of the weights the model runs on.",
            )
        rows = feature.read()
        if rows.shape[1:] != self.shape:
            raise MismatchError(
                f"feature {self.name!r} of video {video.id!r} has {rows.shape[1:]} a step; this model's own "
                f"tower gives {self.shape}.",
                f"Extract it with {self.extractor.id}[ID] of the weights the model runs on.",
            )
        if len(rows) != video.steps:
            raise DataDamagedError(
                f"feature {self.name!r} of video {video.id!r} has {len(rows)} rows; the video has "
                f"{video.steps} steps.",
                "Extract it anew.",
            )
        return rows[list(steps)]

    def found(self, video: Video, steps: Sequence[int]) -> NDArray[np.float32] | None:
        """(T, *shape) as an earlier `keep` left them; None where nothing whole is there."""
        key = self._key(video, steps)
        if key is None:
            return None
        distinct = sorted(set(steps))
        try:
            rows = self.cache.get(key, self._spec, len(distinct))
        except DataDamagedError:
            return None  # Computed again, and replaced.
        return None if rows is None else rows[np.searchsorted(distinct, list(steps))].astype(np.float32)

    def keep(self, video: Video, steps: Sequence[int], rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Keep (T, *shape) within the budget; what is given back is rounded, whether it was kept or not.

        Raises:
            StorageError, DiskFullError: the cache cannot be written.
        """
        if not self.budget:
            return rows
        halves = rows.astype(np.float16)
        distinct = sorted(set(steps))
        key = self._key(video, steps)
        size = halves[: len(distinct)].nbytes
        counted = self.cache.root, self.extractor.id
        added = _added.get(counted, 0) + size
        if key is not None and added <= self.budget:
            _added[counted] = added
            first = [list(steps).index(step) for step in distinct]
            self.cache.put(
                key,
                halves[first],  # type: ignore[arg-type]
                {
                    "video": video.id,
                    "feature": self.name,
                    "extractor": f"{self.extractor.id}-{_SAMPLED}",
                    "steps": len(distinct),
                    "seconds": round(float(video.duration), 3),
                    "versions": {},
                },
            )
        return halves.astype(np.float32)

    @property
    def _spec(self) -> FeatureSpec:
        return FeatureSpec(name=self.name, shape=self.shape, dtype="float16")

    def _key(self, video: Video, steps: Sequence[int]) -> FeatureKey | None:
        if not self.budget or video.source is None:
            return None
        distinct = sorted(set(steps))
        shown = replace(
            video, picks=video.picks[distinct], times=None if video.times is None else video.times[distinct]
        )
        return FeatureKey(
            source=video.source(),
            extractor=f"{self.extractor.id}-{_SAMPLED}@{self.extractor.version}",
            weights=self.weights,
            picks=picks_digest(shown),
            precision=self.precision,
        )
