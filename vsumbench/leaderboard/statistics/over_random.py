"""Performance over random: how good a value is beside what random scores reach on the same videos.

Apostolidis et al. 2020, Performance over random: a robust evaluation protocol for video summarization
methods: 100 F / F_random. It divides, so it is defined only where random scores reach a positive value.
"""

from __future__ import annotations


def over_random(
    value: float, random: float, random_low: float | None, *, scale: str, higher: bool = True
) -> tuple[float | None, str]:
    """The percentage, or None with the reason.

    Args:
        value: of the method.
        random: of random scores under the same condition, in the same scale.
        random_low: the low end of the interval of `random`, where it is known.
        scale: of both; correlations have no such percentage.
        higher: whether more is better.
    """
    if scale == "correlation":
        return None, "a correlation of random scores is near zero, which nothing can be divided by"
    if not higher:
        return None, "less is better, so the quotient would not grow with quality"
    if random <= 0:
        return None, "random scores reach no positive value"
    if random_low is not None and random_low <= 0:
        return None, "the interval of random scores reaches zero"
    return 100 * value / random, ""
