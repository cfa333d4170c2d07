"""Interprets the default video-to-video protocols: keyshot chain and reference construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vsumbench.contracts import Annotations, Cause, ReferenceSet, Summary, Undefined, Video
from vsumbench.data.grids import rows_on, scores_on, selection_on, selects_itself
from vsumbench.defaults.annotated import annotated_rows
from vsumbench.errors import DataDamagedError, MismatchError
from vsumbench.scoring.keyshots import RULES, keyshot_summary
from vsumbench.scoring.shots import top_share
from vsumbench.scoring.videoxum import released_saliency, released_selection


class Chain:
    """The vector protocol of the parameters `prediction`, `reference`, `users` and `grid`.

    prediction: `scores` (as they are), `keyshots` (knapsack summary, by the `rule` of that name in
        `vsumbench.scoring.keyshots`), `top-share` (top 15 % of steps), `released-selection` or
        `released-saliency` (what VideoXum's released code selects, and correlates).
    reference: `importance`, `user_summaries`, `selections` or `gtscore` (`vsumbench.defaults.annotated`);
        users: `each` row, or their `mean`.
    grid: `frames` (every native frame) or `picks` (the sampled steps).
    """

    def references(
        self, video: Video, annotations: Annotations, parameters: Mapping[str, Any]
    ) -> ReferenceSet | Undefined:
        """The reference rows (R, N) on the protocol's grid; R = 1 for `users="mean"`."""
        rows = annotated_rows(annotations, video, parameters["reference"])
        if not len(rows):
            return Undefined("no annotator left to compare with", Cause.REFERENCE)
        if parameters["users"] == "mean":
            # Before steps are picked, annotator after annotator: rounding decides which means tie, and this
            # is the order in which the published means were added.
            rows = np.ascontiguousarray(rows).mean(axis=0, keepdims=True)
        return ReferenceSet(rows_on(rows, annotations, video, parameters["grid"]))

    def prediction(
        self, summary: Summary, video: Video, parameters: Mapping[str, Any]
    ) -> NDArray[np.generic] | Undefined:
        """The prediction (N,) on the protocol's grid: scores, or a boolean selection."""
        kind, grid = parameters["prediction"], parameters["grid"]
        if kind in ("scores", "released-saliency") and not _meets_selections(summary, parameters):
            scores = scores_on(summary, video, grid)
            return released_saliency(scores) if kind == "released-saliency" else scores
        if selects_itself(summary):
            return selection_on(summary, video, grid)
        if kind == "top-share":
            return top_share(scores_on(summary, video, grid))
        if kind == "released-selection":
            return released_selection(scores_on(summary, video, grid))
        if video.change_points is None:
            raise MismatchError(f"video {video.id!r} has no change points, which a keyshot summary needs.")
        scores, rule = scores_on(summary, video, "frames"), RULES[parameters.get("rule", "default")]
        try:
            return keyshot_summary(scores, video.change_points, video.n_frames, rule)
        except ValueError as error:
            raise DataDamagedError(f"video {video.id!r}: no keyshot summary can be made: {error}.") from error


CHAIN = Chain()


def _meets_selections(summary: Summary, parameters: Mapping[str, Any]) -> bool:
    """An annotator meets the selections of others by the own selection, not by ratings or segment numbers."""
    selects = summary.annotator is not None and summary.segments is not None
    return selects and parameters["reference"] == "selections"
