"""Cost against quality, with the front of rows that no other row beats in both."""

from __future__ import annotations

from collections.abc import Sequence

from vsumbench.records.record import RunRecord

from .column_scores import ColumnScores
from .column_statistics import tidy
from .costs import COSTS
from .panels import Pareto, ParetoPoint
from .statistics.pareto import front

COST_METRICS = ("latency-ms", "training-hours")


def paretos(columns: Sequence[ColumnScores]) -> tuple[tuple[Pareto, ...], list[str]]:
    """The costs of the ranked rows of the first column that has two, and in sentences what was left out.

    Times on two machines are no costs of the same thing: where the runs were not timed on one and the same,
    that cost has no plot.
    """
    column = next((one for one in columns if len(one.ranked) > 1), None)
    if column is None:
        return (), []
    found: list[Pareto] = []
    left: list[str] = []
    for metric in COST_METRICS:
        points = [
            (row, cost, quality) for row in column.ranked for cost, quality in _point(column, row, metric)
        ]
        if len(points) < 2:
            continue
        definition = COSTS[metric].definition
        machines = {_machine(one.record) for row, _, _ in points for one in column.records[row]}
        if len(machines) > 1:
            left.append(
                f"{definition.title} is not set against quality: the runs were timed on {len(machines)} "
                "machines."
            )
            continue
        costs, qualities = [cost for _, cost, _ in points], [quality for _, _, quality in points]
        best = front(costs, qualities, higher=column.column.direction == "higher")
        found.append(
            Pareto(
                cost_title=f"{definition.title} ({definition.scale})",
                quality=column.column.id,
                points=tuple(
                    ParetoPoint(row=row, cost=tidy(cost), quality=quality, front=on)
                    for (row, cost, quality), on in zip(points, best, strict=True)
                ),
            )
        )
    return tuple(found), left


def _point(column: ColumnScores, row: int, metric: str) -> list[tuple[float, float]]:
    """Cost (a mean over runs) and quality; nothing where a run does not hold the cost."""
    measured = column.cells[row].measured
    costs = [COSTS[metric].value(one.record) for one in column.records.get(row, ())]
    known = [cost for cost in costs if not isinstance(cost, str)]
    if measured is None or measured.value is None or not known or len(known) < len(costs):
        return []
    return [(sum(known) / len(known), measured.value)]


def _machine(record: RunRecord) -> str:
    return record.timing.machine or record.device
