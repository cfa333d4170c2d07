"""Holm's correction: several tests of one table, the chance of any false finding held at alpha."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p, in the order given (Holm 1979, step-down).

    The k-th smallest of m is multiplied by m - k + 1, never below the one before it, never above 1.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    found = [0.0] * len(p_values)
    highest = 0.0
    for place, i in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * p_values[i]))
        found[i] = highest
    return tuple(found)
