"""A statistic that cannot be computed is a value with a reason: never NaN, never dropped (design §2.11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vsumbench.errors import VsumbenchError


class Cause(StrEnum):
    """Whose fault it is that a statistic cannot be computed; the aggregate depends on it."""

    PREDICTION = "prediction"
    """Constant scores, an empty text, an empty summary: counts as the metric's no-skill value."""
    REFERENCE = "reference"
    """A constant annotator, an empty reference: left out of the aggregate."""
    UNAVAILABLE = "unavailable"
    """Something outside is missing (no Java): the whole column is undefined."""


@dataclass(frozen=True)
class Undefined:
    """Stands where a number would stand."""

    reason: str
    cause: Cause


def unavailable(error: VsumbenchError) -> Undefined:
    """The value of what cannot be computed because something outside is missing, with what is missing."""
    return Undefined(f"{Cause.UNAVAILABLE}: {error}", Cause.UNAVAILABLE)


Value = float | Undefined
"""What a metric returns for one comparison, one item or one fold."""
