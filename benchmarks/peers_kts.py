"""A plain peer of the kernel temporal segmentation: the definition, one vectorised minimum per cell.

Written from protocols.md a.3 in the style in which it is usually coded: the scatter of every segment as whole
N x N arrays, a table I(k, l) filled cell by cell with `numpy.min` over a column of the scatter, the number of
change points chosen afterwards, and a second pass with backtracking at that number. It has no pruning and
stops nowhere, so its cost depends on N and on both numbers of change points only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def blocks(steps: int, width: int = 1024, mean_length: int = 30, seed: int = 0) -> NDArray[np.float32]:
    """Unit rows (steps, width) in blocks of a common direction with noise: what videos look like."""
    rng = np.random.default_rng(seed)
    starts = np.flatnonzero(rng.random(steps) < 1 / mean_length)
    centres = rng.standard_normal((len(starts) + 1, width))
    rows = centres[np.searchsorted(starts, np.arange(steps), side="right")]
    rows = rows + 0.5 * rng.standard_normal((steps, width))
    return _unit(rows)


def orthogonal(steps: int, width: int = 1024, seed: int = 0) -> NDArray[np.float32]:
    """Unit rows (steps, width) of random direction: no structure, N - 1 change points are chosen."""
    rows = np.random.default_rng(seed).standard_normal((steps, width))
    return _unit(rows)


def _unit(rows: FloatArray) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


DATA: dict[str, Callable[[int], NDArray[np.float32]]] = {"blocks": blocks, "orthogonal": orthogonal}


def scatters(kernel: FloatArray) -> FloatArray:
    """Scatter (N, N) of every segment [i..j], 0 below the diagonal."""
    steps = len(kernel)
    diagonal = np.concatenate(([0.0], np.cumsum(np.diag(kernel))))
    square = np.zeros((steps + 1, steps + 1))
    square[1:, 1:] = np.cumsum(np.cumsum(kernel, axis=0), axis=1)
    corner = np.diag(square)
    first = np.arange(steps)[:, None]
    last = np.arange(steps)[None, :]
    length = np.where(last >= first, last - first + 1, 1).astype(np.float32)
    inside = corner[None, 1:] + corner[:-1, None] - square[1:, :-1].T - square[:-1, 1:]
    scatter = diagonal[None, 1:] - diagonal[:-1, None] - inside / length
    scatter[last < first] = 0.0
    return scatter


def fill(scatter: FloatArray, count: int, backtrack: bool) -> tuple[FloatArray, NDArray[np.int64]]:
    """The table's last column (count + 1,) and, if asked, the change points at `count`."""
    steps = len(scatter)
    table = np.full((count + 1, steps + 1), np.inf)
    table[0, 1:] = scatter[0]
    chosen = np.zeros((count + 1, steps + 1) if backtrack else (1, 1), dtype=np.int64)
    for k in range(1, count + 1):
        for end in range(k + 1, steps + 1):
            costs = table[k - 1, k:end] + scatter[k:end, end - 1]
            if backtrack:
                at = int(np.argmin(costs))
                chosen[k, end] = at + k
                table[k, end] = costs[at]
            else:
                table[k, end] = np.min(costs)
    points = np.zeros(count if backtrack else 0, dtype=np.int64)
    end = steps
    for k in range(len(points), 0, -1):
        end = int(chosen[k, end])
        points[k - 1] = end
    return table[:, steps].copy(), points


def auto(features: NDArray[np.floating], ncp: int, penalty: float = 1.0) -> NDArray[np.int64]:
    """Change points (m,) with the smallest cost among 0..ncp; lengths are not bounded."""
    rows = np.asarray(features, dtype=np.float64)
    scatter = scatters(rows @ rows.T)
    steps = len(rows)
    scores, _ = fill(scatter, ncp, backtrack=False)
    counts = np.arange(1, ncp + 1)
    costs = scores / steps
    costs[1:] += penalty * counts / (2.0 * steps) * (np.log(steps / counts) + 1)
    return fill(scatter, int(np.argmin(costs)), backtrack=True)[1]
