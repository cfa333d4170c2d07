"""Scores at sampled steps to frames, and frames to shot values (protocols.md a.2 and a.4)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ShotValue = Literal["mean", "sum", "mean-next"]
"""What a shot is worth: the mean or the sum over its frames, or the mean over them and the frame after."""


def hold(scores: NDArray[np.floating], picks: NDArray[np.integer], n_frames: int) -> NDArray[np.float64]:
    """Step scores (T,) to frames (N,): each holds until the next pick; frames before the first are 0.

    Rule 1 of a.2 (CSTA, PGL-SUM, VASNet, VSUMM-RL, MSVA, SSPVS, LLMVS, Mr. HiSum): if the last pick is not N,
    N is appended; one missing score (T - 1 scores) is tolerated and its cell stays 0. With a last pick of N,
    T - 1 scores are used.

    Args:
        scores: (T,) or (T - 1,) any real numbers.
        picks: (T,) frame of each score, strictly increasing, in [0, N].
        n_frames: N.

    Raises:
        ValueError: the number of scores is neither the number of picks nor one less; picks that do not
            increase or lie outside [0, N]; no picks.
    """
    scores, picks = _steps(scores, picks, n_frames)
    if len(scores) not in (len(picks), len(picks) - 1):
        raise ValueError(f"{len(scores)} scores for {len(picks)} picks")
    ends = picks if picks[-1] == n_frames else np.append(picks, n_frames)
    values = np.zeros(len(ends) - 1, dtype=np.float64)
    count = min(len(values), len(scores))
    values[:count] = scores[:count]
    out = np.zeros(n_frames, dtype=np.float64)
    out[ends[0] :] = np.repeat(values, np.diff(ends))
    return out


def hold_strict(
    scores: NDArray[np.floating], picks: NDArray[np.integer], n_frames: int
) -> NDArray[np.float64]:
    """As `hold`, with exactly one score a pick: rule 2 of a.2 (DSNet, A2Summ).

    Raises:
        ValueError: as `hold`; also one missing score.
    """
    if len(scores) != len(picks):
        raise ValueError(f"{len(scores)} scores for {len(picks)} picks, expected one each")
    return hold(scores, picks, n_frames)


def shot_values(
    frame_scores: NDArray[np.floating], change_points: NDArray[np.integer], value: ShotValue = "mean"
) -> NDArray[np.float64]:
    """What each shot is worth (S,), in float64 and without the noise of the order of additions.

    The smallest score of the shot is set aside and the rest summed without rounding. So a shot of one score
    is worth exactly that score, and shots that hold the same scores in another order are worth the same:
    ties stay ties.

    Args:
        frame_scores: (N,) any finite numbers.
        change_points: (S, 2) first and last frame of each shot, both inclusive; a last frame beyond N - 1 is
            read as N - 1.
        value: mean, sum, or mean with the frame after (there is none after the last frame).

    Raises:
        ValueError: wrong shapes, no shots, a shot that ends before it starts or starts outside the video.
    """
    starts, stops = _bounds(frame_scores, change_points, value)
    counts = stops - starts
    scores = frame_scores.astype(np.float64)
    ends = np.cumsum(counts)
    # Shots overlap where the frame after counts, so each one's frames are laid out anew.
    scores = scores[np.repeat(starts - (ends - counts), counts) + np.arange(ends[-1])]
    least = np.minimum.reduceat(scores, ends - counts)
    above = (scores - np.repeat(least, counts)).tolist()
    bounds = [0, *ends.tolist()]
    sums = np.asarray([math.fsum(above[a:b]) for a, b in pairwise(bounds)])
    worth: NDArray[np.float64] = sums + least * counts if value == "sum" else sums / counts + least
    return worth


def shot_values_as_numpy(
    frame_scores: NDArray[np.floating], change_points: NDArray[np.integer], value: ShotValue = "mean"
) -> NDArray[np.floating]:
    """What each shot is worth (S,), in the type of the scores and rounded as `numpy.mean` and `sum` round.

    The references take these from float32 scores (what is neither float32 nor float64 is read as float64). A
    shot of one score may then be worth a little more or less than that score, which decides between shots
    that tie; hence this function beside `shot_values`.

    Args, raises: as `shot_values`.
    """
    starts, stops = _bounds(frame_scores, change_points, value)
    if frame_scores.dtype not in (np.float32, np.float64):
        frame_scores = frame_scores.astype(np.float64)
    add = np.add.reduce
    sums = np.asarray(
        [add(frame_scores[a:b]) for a, b in zip(starts.tolist(), stops.tolist(), strict=True)],
        dtype=frame_scores.dtype,
    )
    return sums if value == "sum" else (sums / (stops - starts)).astype(frame_scores.dtype)


def budget_frames(n_frames: int, share: float = 0.15, rounding: Literal["down", "nearest"] = "down") -> int:
    """A share of N in whole frames: (3 N) // 20 by default, equal to int(0.15 N) up to N = 1,000,000.

    `nearest` rounds the product as Python does, halves to the even number (A2Summ).
    """
    if rounding == "nearest":
        return round(n_frames * share)
    return 3 * n_frames // 20 if share == 0.15 else int(n_frames * share)


def top_share(scores: NDArray[np.floating], share: float = 0.15) -> NDArray[np.bool_]:
    """VideoXum's selection as intended (protocols.md b): the (k+1)-th largest score and above, k = share T.

    So k + 1 steps are selected, more on ties, and all of them for a constant prediction.
    """
    steps = len(scores)
    # (3 T) // 20 is int(0.15 T) without the rounding of 0.15.
    k = budget_frames(steps, share)
    threshold = np.partition(scores, steps - 1 - k)[steps - 1 - k]
    selected: NDArray[np.bool_] = scores >= threshold
    return selected


def selected_runs(selected: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(K, 2) the runs of what is selected: the first of each, and the one after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], selected.astype(np.int8), [0]))))
    return edges.astype(np.int64).reshape(-1, 2)


def _steps(
    scores: NDArray[np.floating], picks: NDArray[np.integer], n_frames: int
) -> tuple[NDArray[np.floating], NDArray[np.integer]]:
    scores, picks = np.asarray(scores), np.asarray(picks)
    if scores.ndim != 1 or picks.ndim != 1 or not len(picks):
        raise ValueError(f"scores {scores.shape} and picks {picks.shape} are not vectors with a pick")
    if picks[0] < 0 or picks[-1] > n_frames or (np.diff(picks) <= 0).any():
        raise ValueError(f"picks do not increase within [0, {n_frames}]")
    return scores, picks


def _bounds(
    frame_scores: NDArray[Any], change_points: NDArray[np.integer], value: ShotValue
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First frame of each shot and the frame after its last, within the video."""
    if frame_scores.ndim != 1 or change_points.ndim != 2 or change_points.shape[1] != 2:
        raise ValueError(
            f"scores {frame_scores.shape}, change points {change_points.shape}: not (N,), (S, 2)"
        )
    if not len(change_points):
        raise ValueError("no shots")
    starts, ends = change_points[:, 0].astype(np.int64), change_points[:, 1].astype(np.int64)
    wrong = (starts < 0) | (ends < starts) | (starts >= len(frame_scores))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(
            f"shot {first} goes from frame {starts[first]} to {ends[first]} in a video of {len(frame_scores)}"
        )
    return starts, np.minimum(ends + (2 if value == "mean-next" else 1), len(frame_scores))
