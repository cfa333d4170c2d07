"""`clustering`: k-means over features, what is nearest to the centres first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vsumbench.contracts import Context, Feature, Summary, Video
from vsumbench.defaults.clustering_spec import ClusteringOptions
from vsumbench.errors import MismatchError, OptionValueError

from .importance import cluster_count, step_importance, units_of_steps


class Clustering:
    """Importance by clusters, one summary a video. Nothing is learned, so nothing is saved."""

    def __init__(self, options: ClusteringOptions, context: Context) -> None:
        """Raises `OptionValueError`: a share outside (0, 1], or a negative number of clusters."""
        if not 0 < options.share <= 1:
            raise OptionValueError(f"option share is {options.share:g}; it must lie in (0, 1].")
        if options.clusters < 0:
            raise OptionValueError(f"option clusters is {options.clusters}; it must be 0 (by share) or more.")
        self.options = options

    def summarize(self, videos: Sequence[Video], context: Context) -> Iterator[Summary]:
        """One summary a video; seeded by its id, whatever stands beside it.

        Raises:
            MismatchError: the video lacks the feature, or has none of one axis a step.
        """
        for video in videos:
            features = self._feature(video).read().astype(np.float64)
            units = units_of_steps(video.picks, video.change_points)
            clusters = self.options.clusters or cluster_count(int(units[-1]) + 1, self.options.share)
            generator = context.seeds.child("video", video.id, "clusters").generator()
            yield Summary(video_id=video.id, importance=step_importance(features, units, clusters, generator))

    def save(self, folder: Path) -> None:
        """Nothing to write; the folder is made so that a saved model always has one."""
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, folder: Path) -> None:
        """Nothing to read."""

    def _feature(self, video: Video) -> Feature:
        rows = {name: feature for name, feature in video.features.items() if len(feature.spec.shape) == 1}
        name = self.options.feature or next(iter(rows), "")
        if name not in rows:
            wanted = f"feature {name!r}" if name else "a feature (one vector a step)"
            raise MismatchError(
                f"model 'clustering' needs {wanted}; video {video.id!r} has {', '.join(rows) or 'none'}.",
                "Name one of them with --set feature=NAME, or extract one with `vsumbench features extract`.",
            )
        return rows[name]
