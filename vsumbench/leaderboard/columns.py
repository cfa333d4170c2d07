"""Columns of a board: in which scale and with how many digits values stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vsumbench.contracts.metric import MetricSpec
from vsumbench.store.reported import ReportedNumber

from .costs import COSTS
from .dataset_counts import COUNTS
from .spec import ColumnSpec
from .table import Column, Measured
from .verdict import convert

_DECIMALS = {"correlation": 3, "fraction": 3, "percent": 1, "raw": 2, "nist": 2}


def default_decimals(scale: str) -> int:
    """Digits after the point a scale is shown with."""
    return _DECIMALS.get(scale, 2)


def in_scale(measured: Measured, source: str, target: str) -> Measured:
    """The same in another scale; unchanged where there is no way from one to the other."""

    def one(value: float | None) -> float | None:
        return None if value is None else convert(value, source, target)

    if convert(1.0, source, target) is None:
        return measured
    return replace(
        measured,
        value=one(measured.value),
        spread=one(measured.spread),
        values=tuple(one(value) for value in measured.values),
    )


def column_of(column: ColumnSpec, printed: Sequence[ReportedNumber], metric: MetricSpec | None) -> Column:
    """The column of a paper's board: what its spec leaves open comes from print, then from the metric."""
    cost = COSTS.get(column.metric)
    scales = {number.scale for number in printed}
    own, direction = ("", "higher") if metric is None else (metric.scale, metric.direction)
    if cost is not None:
        own, direction = cost.definition.scale, "lower"
    count = COUNTS.get(column.metric)
    if count is not None:
        own = count.scale
    scale = column.scale or (scales.pop() if len(scales) == 1 else own)
    usual = default_decimals(scale) if count is None else count.decimals
    digits = max((len(number.value.partition(".")[2]) for number in printed), default=usual)
    return Column(
        id=column.id,
        title=column.title,
        dataset=column.dataset,
        protocol=column.protocol,
        metric=column.metric,
        group=column.group,
        direction=column.direction or ("lower" if direction == "lower" else "higher"),
        scale=scale,
        decimals=digits if column.decimals is None else column.decimals,
    )


def meaning(column: ColumnSpec) -> str:
    """What stands in a column of costs or of counts; scores are explained by their protocol and metric."""
    cost, count = COSTS.get(column.metric), COUNTS.get(column.metric)
    if count is not None:
        return f"{count.meaning}."
    return "" if cost is None else cost.definition.meaning
