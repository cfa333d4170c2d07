"""From frame scores to a keyshot summary, by the rule of the harness or of a reference (protocols.md a.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .knapsack import knapsack, knapsack_float32, knapsack_thousandths, rank_selection
from .shots import ShotValue, budget_frames, shot_values, shot_values_as_numpy

Selection = Callable[[NDArray[Any], NDArray[np.integer], int], NDArray[np.bool_]]


@dataclass(frozen=True)
class KeyshotRule:
    """How shots are valued, how many frames may be chosen, and by which solver.

    value: what a shot is worth.
    arithmetic: `exact` (`shot_values`), or rounded as numpy rounds, from scores as float32 (`float32`) or as
        they are given (`given`).
    solver_type: the type of the values the solver gets; `same` as they were computed in.
    select: one of the functions of `knapsack`.
    share, rounding: the budget is this share of the frames.
    budget_of: of which frames: of the video's N, or up to the end of the last shot.
    length: the length of the summary: N, or up to the end of the last shot.
    whole: change points that do not end at N - 1 are refused. The references take them, and with `budget_of`
        and `length` as they have them each gives something else.
    """

    value: ShotValue = "mean"
    arithmetic: Literal["exact", "float32", "given"] = "exact"
    solver_type: Literal["same", "float64"] = "same"
    select: Selection = knapsack
    share: float = 0.15
    rounding: Literal["down", "nearest"] = "down"
    budget_of: Literal["video", "shots"] = "video"
    length: Literal["video", "shots"] = "video"
    whole: bool = True

    def values(
        self, frame_scores: NDArray[np.floating], change_points: NDArray[np.integer]
    ) -> NDArray[np.floating]:
        """What each shot (S,) is worth to the solver."""
        if self.arithmetic == "exact":
            return shot_values(frame_scores, change_points, self.value)
        scores = frame_scores.astype(np.float32) if self.arithmetic == "float32" else frame_scores
        found = shot_values_as_numpy(scores, change_points, self.value)
        return found.astype(np.float64) if self.solver_type == "float64" else found

    def capacity(self, n_frames: int, last_frame: int) -> int:
        """The budget in frames, for a video of N frames whose last shot ends with `last_frame`."""
        frames = n_frames if self.budget_of == "video" else last_frame + 1
        return budget_frames(frames, self.share, self.rounding)


DEFAULT = KeyshotRule()
"""`knapsack-dp`: exact values, (3 N) // 20 frames, on a tie the later shot left out."""

RULES: Mapping[str, KeyshotRule] = MappingProxyType(
    {
        "default": DEFAULT,
        "csta": KeyshotRule(
            arithmetic="float32", solver_type="float64", budget_of="shots", length="shots", whole=False
        ),
        "llmvs": KeyshotRule(arithmetic="float32", solver_type="float64", length="shots", whole=False),
        "mrhisum": KeyshotRule(
            value="mean-next", arithmetic="float32", solver_type="float64", length="shots", whole=False
        ),
        "vsummrl_dp": KeyshotRule(arithmetic="float32", select=knapsack_float32, length="shots", whole=False),
        "vasnet_ortools": KeyshotRule(
            arithmetic="float32",
            solver_type="float64",
            select=knapsack_thousandths,
            length="shots",
            whole=False,
        ),
        "vasnet_rank": KeyshotRule(
            arithmetic="float32", solver_type="float64", select=rank_selection, length="shots", whole=False
        ),
        "dsnet": KeyshotRule(arithmetic="float32", select=knapsack_thousandths, whole=False),
        "a2summ_round": KeyshotRule(
            arithmetic="float32", select=knapsack_thousandths, rounding="nearest", whole=False
        ),
        "revs_mean": KeyshotRule(arithmetic="given"),
        "revs_sum": KeyshotRule(arithmetic="given", value="sum"),
    }
)
"""The harness's rule and the references'; `csta` is also PGL-SUM's, `vasnet_ortools` MSVA's and SSPVS's."""


def keyshot_summary(
    frame_scores: NDArray[np.floating],
    change_points: NDArray[np.integer],
    n_frames: int,
    rule: KeyshotRule = DEFAULT,
) -> NDArray[np.bool_]:
    """The frames of the shots chosen under the budget.

    Shots longer than the budget cannot be chosen; where all are, the summary is empty.

    Args:
        frame_scores: (N,) any finite numbers.
        change_points: (S, 2) first and last frame of each shot, both inclusive, one after another from
            frame 0. Ends stored exclusive, as Mr. HiSum's, are lowered by one first.
        n_frames: N.
        rule: how; by default that of the harness.

    Returns:
        (N,) booleans; with `rule.length == "shots"` as many as the end of the last shot.

    Raises:
        ValueError: scores that are not one a frame or not finite; shots that leave a gap, overlap or are
            empty; under a rule for whole videos, shots that do not end at N - 1; what the rule's solver
            refuses (`knapsack_float32`: a budget of 0; `knapsack_thousandths`: negative values).
    """
    frame_scores, change_points = np.asarray(frame_scores), np.asarray(change_points)
    if frame_scores.shape != (n_frames,):
        raise ValueError(f"scores {frame_scores.shape} for {n_frames} frames, expected one a frame")
    values = rule.values(frame_scores, change_points)
    starts, ends = change_points[:, 0], change_points[:, 1]
    if starts[0] != 0 or not np.array_equal(starts[1:], ends[:-1] + 1):
        raise ValueError("the shots do not follow one another from frame 0")
    last = int(ends[-1])
    if rule.whole and last != n_frames - 1:
        raise ValueError(f"the last shot ends at frame {last} of a video of {n_frames} frames")
    lengths = ends - starts + 1
    chosen = rule.select(values, lengths, rule.capacity(n_frames, last))
    selected: NDArray[np.bool_] = np.repeat(chosen, lengths)
    if rule.length == "shots" or last == n_frames - 1:
        return selected
    fitted = np.zeros(n_frames, dtype=np.bool_)
    fitted[: len(selected)] = selected[:n_frames]
    return fitted
