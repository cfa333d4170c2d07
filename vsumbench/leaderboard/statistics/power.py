"""What difference a test set can tell.

For n paired differences with standard deviation s, the statistic of the two-sided paired t test follows, if
the true mean difference is d, Student's noncentral t with n - 1 degrees of freedom and noncentrality
d sqrt(n) / s. Its power is P(|T| > t), t the critical value at alpha. The smallest detectable difference is
the d at which this reaches the power asked for.
"""

from __future__ import annotations

import math
from functools import lru_cache

ALPHA = 0.05
POWER = 0.8
_FAR = 6.0


def power_of(difference: float, deviation: float, videos: int, alpha: float = ALPHA) -> float:
    """The probability that the test finds a true difference.

    Args:
        deviation: standard deviation of paired differences, above 0.
        videos: n, at least 2.
    """
    return _power(abs(difference) / deviation * math.sqrt(videos), videos - 1, alpha)


def detectable(deviation: float, videos: int, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The smallest true difference found with this power; None for fewer than two videos.

    Args:
        deviation: standard deviation of paired differences, at least 0; the result is in its unit.
    """
    if videos < 2:
        return None
    return _noncentrality(videos - 1, alpha, power) * deviation / math.sqrt(videos)


@lru_cache(maxsize=1024)
def _noncentrality(freedom: int, alpha: float, power: float) -> float:
    """The shift with which T is found with this power, by bisection."""
    low, high = 0.0, 4.0
    while _power(high, freedom, alpha) < power:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _power(middle, freedom, alpha) < power else (low, middle)
    return high


def _power(shift: float, freedom: int, alpha: float) -> float:
    """P(|T| > t) of noncentral t."""
    from scipy.special import nctdtr, stdtrit

    critical = float(stdtrit(freedom, 1 - alpha / 2))
    above = 1 - float(nctdtr(freedom, shift, critical))
    # So far from zero the lower tail is below 1e-8, and some versions of the function give NaN for it.
    below = float(nctdtr(freedom, shift, -critical)) if shift < _FAR else 0.0
    return above + below
