"""Runs that differ in their seed alone: mean and spread."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mean_and_deviation(values: Sequence[float | None]) -> tuple[float | None, float | None]:
    """The mean, and the sample standard deviation (n - 1 below).

    Either is None where a value is undefined; the deviation also where there are fewer than two values.
    """
    defined = [value for value in values if value is not None]
    if not defined or len(defined) < len(values):
        return None, None
    return math.fsum(defined) / len(defined), deviation(values)


def deviation(values: Sequence[float | None]) -> float | None:
    """Sample standard deviation; None where a value is undefined or there are fewer than two."""
    defined = [value for value in values if value is not None]
    if len(defined) < len(values) or len(defined) < 2:
        return None
    mean = math.fsum(defined) / len(defined)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in defined) / (len(defined) - 1))
