"""May a measured value be set against a printed one, and is it the same?

A verdict needs the same dataset and metric (the cell), the same protocol, real data and the published preset.
Two values are the same within max(tolerance of the metric, half a unit of the last printed digit).
"""

from __future__ import annotations

from decimal import Decimal

from vsumbench.contracts.metric import MetricSpec
from vsumbench.store.reported import UNKNOWN, ReportedNumber

from .table import Condition, Judgement, Measured, Verdict

_FACTORS = {("fraction", "percent"): 100.0, ("percent", "fraction"): 0.01}
_SAME = {"nist": "raw"}


def half_unit(text: str) -> float:
    """Half a unit of the last printed digit: 0.0005 for `0.205`, 0.05 for `21.7`, 0.5 for `42`."""
    exponent = Decimal(text).as_tuple().exponent
    assert isinstance(exponent, int)  # Reported numbers are finite.
    return float(Decimal(5).scaleb(exponent - 1))


def convert(value: float, source: str, target: str) -> float | None:
    """A value in another scale, or None if there is no way from one to the other."""
    source, target = _SAME.get(source, source), _SAME.get(target, target)
    if source == target:
        return value
    factor = _FACTORS.get((source, target))
    return None if factor is None else value * factor


def tolerance(reported: ReportedNumber, metric: MetricSpec | None) -> float:
    """How far a measured value may lie from the printed one, in the printed scale."""
    printed = half_unit(reported.value)
    own = convert(metric.tolerance, metric.scale, reported.scale) if metric is not None else None
    return printed if own is None else max(own, printed)


def bar(condition: Condition) -> str:
    """Why a value measured under this condition is never set against print; empty if it may be."""
    if not condition.on_real_data:
        return f"measured on the {condition.edition} edition, so it is not set against print"
    if not condition.as_published:
        return f"measured with {condition.form}, so it is not set against print"
    if condition.evaluated < condition.official:
        part = f"{condition.evaluated} of {condition.official} videos"
        return f"measured on {part}, so it is not set against print"
    return ""


def difference(reported: ReportedNumber, measured: Measured, scale: str) -> float | None:
    """Measured minus printed, in the printed scale; None where either is not there in it."""
    value = None if measured.value is None else convert(measured.value, scale, reported.scale)
    return None if value is None else value - float(reported.number)


def judge(
    reported: ReportedNumber,
    measured: Measured,
    *,
    protocol: str,
    scale: str,
    metric: MetricSpec | None,
    other_split: str = "",
) -> tuple[Verdict, float | None]:
    """The verdict on a value that may be judged, and the difference in the printed scale, if comparable.

    Args:
        protocol: what the value was measured under.
        scale: the scale of the measured value.
        other_split: `measured on …` where the board names another split set, else empty.
    """
    reason = ""
    if reported.protocol == UNKNOWN:
        reason = "the protocol of the printed number is unknown"
    elif reported.protocol != protocol:
        reason = f"printed under {reported.protocol}, measured under {protocol}"
    elif other_split:
        reason = other_split
    elif measured.value is None:
        reason = "the measured value is undefined"
    value = None if measured.value is None else convert(measured.value, scale, reported.scale)
    if not reason and value is None:
        reason = f"printed as {reported.scale}, measured as {scale}"
    if reason or value is None:
        return Verdict(judgement=Judgement.NOT_COMPARABLE, reason=reason), None
    allowed = tolerance(reported, metric)
    delta = value - float(reported.number)
    # The slack is rounding of binary fractions: 0.2055 - 0.205 is a little more than 0.0005.
    near = abs(delta) <= allowed + 1e-9 * max(1.0, abs(value))
    return Verdict(judgement=Judgement.WITHIN if near else Judgement.OUTSIDE, tolerance=allowed), delta
