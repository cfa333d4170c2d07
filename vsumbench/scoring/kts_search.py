"""The search of the kernel temporal segmentation: how many change points, and which.

Exact: the penalty ends the search only where no larger number can cost less. Source: protocols.md a.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring.kts_table import FloatArray, scatters, table


@dataclass(frozen=True)
class Segmentation:
    """The best segmentation of N steps at one number m of change points.

    Attributes:
        change_points: (m,) int64, increasing, in [1, N - 1]: where a new segment starts.
        objective: the sum of the segments' scatters, I(m, N); >= 0 up to rounding.
        scores: (m + 1,) float64: I(0, N) .. I(m, N), infinite where the lengths allow no segmentation.
    """

    change_points: NDArray[np.int64]
    objective: float
    scores: FloatArray


def automatic(
    kernel: FloatArray,
    max_segments: int | None,
    penalty: float,
    min_length: int,
    max_length: int,
    rate: float,
    max_change_points: int | None,
) -> Segmentation:
    """The best segmentation at the best number of change points; arguments as for `kts.segment`.

    Args:
        kernel: (N, N) finite; overwritten.
    """
    steps = len(kernel)
    if not (np.isfinite(penalty) and penalty >= 0):
        raise ValueError(f"the penalty must be finite and at least 0, not {penalty}")
    if not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"the rate must be finite and above 0, not {rate}")
    if max_segments is not None and max_segments < 1:
        raise ValueError(f"there is at least one segment, so max_segments cannot be {max_segments}")
    room = max(steps // max(min_length, 1) - 1, 0)
    most = room if max_change_points is None else max_change_points
    if max_segments is not None:
        most = min(most, max_segments - 1)
    _check_room(steps, most, min_length, max_length)
    scatter, lowest = _finite_scatters(kernel)
    penalties = _penalties(steps, most, penalty, rate)
    # No m from here on costs less than this: m + 1 scatters, none below the lowest, and the penalty. Rounding
    # keeps order, so only the sum of the scatters needs the margin.
    least = (1 + 1e-9) * lowest * np.arange(1, most + 2) / steps + penalties
    least = np.minimum.accumulate(least[::-1])[::-1]
    rows: list[FloatArray] = []
    scores = costs = np.empty(0)
    for panel in table(scatter, most, min_length, max_length):
        rows.extend(panel)
        scores = np.concatenate((scores, panel[:, steps]))
        costs = scores / steps + penalties[: len(scores)]
        if len(scores) <= most and costs.min() <= least[len(scores)]:
            break
    return _at(int(np.argmin(costs)), scatter, rows, scores, min_length, max_length)


def fixed(kernel: FloatArray, change_points: int, min_length: int, max_length: int) -> Segmentation:
    """The best segmentation at one number of change points; the kernel is overwritten."""
    steps = len(kernel)
    _check_room(steps, change_points, min_length, max_length)
    scatter, _ = _finite_scatters(kernel)
    rows = [row for panel in table(scatter, change_points, min_length, max_length) for row in panel]
    scores = np.array([row[steps] for row in rows])
    return _at(change_points, scatter, rows, scores, min_length, max_length)


def _check_room(steps: int, change_points: int, min_length: int, max_length: int) -> None:
    """Whether the bounds can be met by the largest number of segments, the reference's assertions."""
    if change_points < 0:
        raise ValueError(f"the number of change points cannot be {change_points}")
    if not 1 <= min_length <= max_length:
        raise ValueError(f"segments of {min_length} to {max_length} steps: need 1 <= shortest <= longest")
    segments = change_points + 1
    if steps < segments * min_length:
        raise ValueError(f"{steps} steps have no room for {segments} segments of at least {min_length}")
    if steps > segments * max_length:
        raise ValueError(f"{steps} steps are too many for {segments} segments of at most {max_length}")


def _finite_scatters(kernel: FloatArray) -> tuple[FloatArray, float]:
    with np.errstate(over="ignore", invalid="ignore"):
        scatter, lowest = scatters(kernel)
    if not np.isfinite(lowest):
        raise ValueError("features are so large that their products overflow; normalise them first")
    return scatter, lowest


def _penalties(steps: int, most: int, penalty: float, rate: float) -> FloatArray:
    """g(0) .. g(most)."""
    wide = steps * rate
    counts = np.arange(1, most + 1, dtype=np.float64)
    return np.concatenate(([0.0], (penalty * counts / (2.0 * wide)) * (np.log(wide / counts) + 1)))


def _at(
    count: int,
    scatter: FloatArray,
    rows: list[FloatArray],
    scores: FloatArray,
    min_length: int,
    max_length: int,
) -> Segmentation:
    """The segmentation at `count` change points, read back from the table: each cell's first minimiser."""
    if not np.isfinite(scores[count]):
        raise ValueError(
            f"no segmentation of {len(scatter)} steps has segments of {min_length} to {max_length} steps, "
            f"the first below {max_length}"
        )
    points = np.empty(count, dtype=np.int64)
    end = len(scatter)
    for k in range(count, 0, -1):
        low, high = max(k * min_length, end - max_length), end - min_length + 1
        end = low + int(np.argmin(rows[k - 1][low:high] + scatter[low:high, end - 1]))
        points[k - 1] = end
    return Segmentation(points, float(scores[count]), scores[: count + 1].copy())
