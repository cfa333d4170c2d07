"""Which methods are worth their cost."""

from __future__ import annotations

from collections.abc import Sequence


def front(costs: Sequence[float], qualities: Sequence[float], *, higher: bool = True) -> tuple[bool, ...]:
    """Whether no other point is at most as costly and at least as good, one of the two strictly.

    Two equal points do not push each other off the front.

    Args:
        costs: less is better.
        qualities: more is better where `higher`.
    """
    signed = [quality if higher else -quality for quality in qualities]
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -signed[i]))
    found = [False] * len(costs)
    best, at = float("-inf"), 0.0
    for i in order:
        if signed[i] > best or (signed[i] == best and costs[i] == at):
            found[i] = True
            best, at = signed[i], costs[i]
    return tuple(found)
