"""Kernel temporal segmentation: shots as runs of steps that look alike.

A segmentation into m + 1 segments costs the sum of their scatters around their means; the best is found for
every m, and m is chosen by that sum a step plus a penalty that grows with m. Source: protocols.md a.3.

Memory: one N x N array of float64, a second of (change points tried) x N, and the features in float64; for
5,000 x 1,024 and all change points 0.5 GB. Time: N^2 D for the kernel, then at most N^2 / 2 sums a change
point tried.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vsumbench.scoring.kts_search import Segmentation, automatic, fixed
from vsumbench.scoring.kts_table import FloatArray

__all__ = [
    "Segmentation",
    "linear_kernel",
    "segment",
    "segment_fixed",
    "segment_kernel",
    "segment_kernel_fixed",
    "shot_lengths",
    "shots",
]


def segment(
    features: NDArray[np.generic],
    *,
    max_segments: int | None = None,
    penalty: float = 1.0,
    min_length: int = 1,
    max_length: int = 100_000,
    rate: float = 1.0,
    max_change_points: int | None = None,
) -> Segmentation:
    """Segment features (N, D) by their linear kernel, choosing the number of segments.

    The cost of m change points is I(m, N) / N + g(m) with g(0) = 0 and
    g(m) = penalty m / (2 N2) (ln(N2 / m) + 1), N2 = N rate; the smallest cost wins, the smallest m on ties,
    and the smallest change points from the last to the first. Source: protocols.md a.3.

    Where steps are nearly orthogonal to each other, every step becomes a segment unless `max_segments` says
    otherwise.

    Args:
        features: (N, D), finite, any number type; normalised rows are usual and not required.
        max_segments: no more than this many segments, at least 1; None: no bound.
        penalty: the reference's `vmax`, >= 0.
        min_length: fewest steps of a segment, the reference's `lmin`.
        max_length: most steps of a segment, the reference's `lmax`; the first has fewer than this, as there.
        rate: the reference's `desc_rate`, > 0.
        max_change_points: the reference's `ncp`; None: as many as `min_length` leaves room for, N - 1 for 1.

    Raises:
        ValueError: features of another shape, empty, not finite or too large; bounds outside their ranges,
            or that no segmentation meets.
    """
    return automatic(
        linear_kernel(features), max_segments, penalty, min_length, max_length, rate, max_change_points
    )


def segment_kernel(
    kernel: NDArray[np.generic],
    *,
    max_segments: int | None = None,
    penalty: float = 1.0,
    min_length: int = 1,
    max_length: int = 100_000,
    rate: float = 1.0,
    max_change_points: int | None = None,
) -> Segmentation:
    """As `segment`, for a kernel (N, N): symmetric, positive semi-definite, finite.

    A float32 kernel is summed in float64; its own rounding stays.
    """
    return automatic(_own(kernel), max_segments, penalty, min_length, max_length, rate, max_change_points)


def segment_fixed(
    features: NDArray[np.generic], change_points: int, *, min_length: int = 1, max_length: int = 100_000
) -> Segmentation:
    """Segment features (N, D) by their linear kernel at a given number of change points.

    Arguments and errors as for `segment`.
    """
    return fixed(linear_kernel(features), change_points, min_length, max_length)


def segment_kernel_fixed(
    kernel: NDArray[np.generic], change_points: int, *, min_length: int = 1, max_length: int = 100_000
) -> Segmentation:
    """As `segment_fixed`, for a kernel (N, N) as in `segment_kernel`."""
    return fixed(_own(kernel), change_points, min_length, max_length)


def linear_kernel(features: NDArray[np.generic]) -> FloatArray:
    """K = F F^T (N, N) of features (N, D), in float64.

    Raises:
        ValueError: features that are not (N, D) with N and D at least 1, or hold NaN or an infinity.
    """
    rows = np.ascontiguousarray(features, dtype=np.float64)
    if np.ndim(features) != 2 or 0 in rows.shape:
        raise ValueError(f"features must be (N, D) with at least one step, not {np.shape(features)}")
    if not np.isfinite(rows).all():
        raise ValueError("features hold NaN or infinite values")
    with np.errstate(over="ignore", invalid="ignore"):  # found, and said, when the products are summed
        kernel: FloatArray = rows @ rows.T
    return kernel


def shots(change_points: NDArray[np.integer], n_frames: int, sample_rate: int = 15) -> NDArray[np.int64]:
    """Change points (m,) in steps as shots (m + 1, 2) in frames, ends inclusive: the form of the h5 files.

    [0, 15 c1 - 1], [15 c1, 15 c2 - 1], .., [15 c_m, n_frames - 1] at the usual 15 frames a step.
    Source: protocols.md a.3.

    Raises:
        ValueError: change points that do not increase, or a shot without a frame.
    """
    if sample_rate < 1:
        raise ValueError(f"a step has at least one frame, not {sample_rate}")
    inner = np.asarray(change_points, dtype=np.int64) * sample_rate
    edges = np.concatenate(([0], inner, [n_frames]))
    if (np.diff(edges) < 1).any():
        raise ValueError(
            f"change points {inner.tolist()} (in frames) must increase, above 0 and below {n_frames} frames"
        )
    return np.stack((edges[:-1], edges[1:] - 1), axis=1)


def shot_lengths(change_points: NDArray[np.integer]) -> NDArray[np.int64]:
    """Frames (S,) of each shot (S, 2) with both ends inclusive: `n_frame_per_seg` of the h5 files."""
    lengths: NDArray[np.int64] = change_points[:, 1].astype(np.int64) - change_points[:, 0] + 1
    return lengths


def _own(kernel: NDArray[np.generic]) -> FloatArray:
    """A copy of a kernel to compute in."""
    own = np.array(kernel, dtype=np.float64, order="C")
    if own.ndim != 2 or own.shape[0] != own.shape[1] or not own.size:
        raise ValueError(f"a kernel must be (N, N) with at least one step, not {own.shape}")
    if not np.isfinite(own).all():
        raise ValueError("the kernel holds NaN or infinite values")
    return own
