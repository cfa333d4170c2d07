"""Do two columns put rows in the same order?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from vsumbench.scoring.rank import Levels, kendall_tau_b, levels, spearman_rho


def kendall(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's tau-b: concordant less discordant pairs, over the pairs not tied on each side.

    None for fewer than two pairs of values, and where one side is constant.
    """
    return _correlation(kendall_tau_b, first, second)


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's rho, tied values sharing their mean rank; None as for `kendall`."""
    return _correlation(spearman_rho, first, second)


def _correlation(
    of: Callable[[Levels, Levels], float], first: Sequence[float], second: Sequence[float]
) -> float | None:
    found = of(*(levels(np.asarray(side, dtype=np.float64)) for side in (first, second)))
    # What is 1 by definition must not read as 0.9999999999999999.
    return None if math.isnan(found) else round(found, 12)
