"""What is drawn above a panel's numbers, as data for the page's script. Nothing is computed here."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from . import panels
from .panel_tables import column_name, row_name, way_name
from .table import Column, Table
from .words import number

MOST_LINES = 12
"""More lines or boxes in one plot cannot be told apart; the table beside it has all of them."""
MOST_POINTS = 300
"""A box of more values is drawn without its points."""
_MANY_SCALES = 5.0
_LOG_FROM = 50.0

Chart = dict[str, Any]


def charts(table: Table) -> dict[str, Chart]:
    """Panel id → what is drawn, where more is drawn than a table. Ids are those of `panel_tables`."""
    return dict(_all(table))


def _all(table: Table) -> Iterator[tuple[str, Chart]]:
    found = table.panels
    columns = {column.id: column for column in table.columns}
    for i, profile in enumerate(found.profiles):
        yield f"profile-{i + 1}", _profile(profile, table, columns)
    for distribution in found.distributions:
        chart = _distribution(distribution, table, columns[distribution.column])
        if chart["rows"]:
            yield f"distribution-{distribution.column}", chart
    for difference in found.critical_differences:
        yield f"critical-difference-{difference.column}", _critical(difference, table)
    for i, pareto in enumerate(found.paretos):
        yield f"pareto-{i + 1}", _pareto(pareto, table, columns[pareto.quality])
    if found.sensitivity is not None and len(found.sensitivity.ways) > 1:
        chart = _sensitivity(found.sensitivity, table)
        if chart["lines"]:
            yield "sensitivity", chart


def box(name: str, values: Sequence[float]) -> Chart:
    """A box over at least one value: the values themselves, or what is drawn of them where they are many."""
    if len(values) <= MOST_POINTS:
        return {"name": name, "values": [_short(value) for value in values], "count": len(values)}
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    # Whiskers end at the last value within one and a half times the box, as the script draws the others.
    reach = 1.5 * (high - low)
    inside = [value for value in values if low - reach <= value <= high + reach]
    drawn = {
        "min": min(values),
        "whiskerMin": min(inside),
        "q1": low,
        "median": middle,
        "q3": high,
        "whiskerMax": max(inside),
        "max": max(values),
        "mean": math.fsum(values) / len(values),
    }
    summary = {key: _short(value) for key, value in drawn.items()}
    return {"name": name, "values": {**summary, "items": [], "outliers": []}, "count": len(values)}


def _short(value: float) -> float:
    """Six digits: more than a plot can show, in a third of the page."""
    return float(f"{value:.6g}")


def _profile(profile: panels.Profile, table: Table, columns: dict[str, Column]) -> Chart:
    axes = [columns[name] for name in profile.columns]
    tops = [abs(top) for top in profile.tops]
    spread = max(tops, default=0.0) / (min((top for top in tops if top), default=1.0))
    # Axes of different scales share a plot only as shares of their own largest value.
    shares = len(tops) == len(axes) and (profile.shape == "radar" or spread > _MANY_SCALES)
    both = bool(profile.printed and profile.measured)

    def line(one: panels.Line, kind: str) -> Chart:
        values = [
            None if value is None else value / top if shares and top else value
            for value, top in zip(one.values, tops if shares else [1.0] * len(axes), strict=True)
        ]
        texts = [
            "" if value is None else number(value, axis.decimals)
            for value, axis in zip(one.values, axes, strict=True)
        ]
        name = row_name(table, one.row)
        return {
            "name": f"{name}, {kind}" if both else name,
            "values": values,
            "texts": texts,
            "hollow": kind == "printed" and both,
            "row": one.row,
        }

    lines = [line(one, "printed") for one in profile.printed[:MOST_LINES]]
    lines += [line(one, "measured") for one in profile.measured[:MOST_LINES]]
    return {
        "kind": profile.shape,
        "axes": [column_name(axis) for axis in axes],
        "lines": lines,
        "value": "share of the largest value" if shares else _shared_scale(axes),
        "left": _left(max(len(profile.printed), len(profile.measured))),
    }


def _shared_scale(axes: Sequence[Column]) -> str:
    scales = {axis.scale for axis in axes}
    return scales.pop() if len(scales) == 1 else ""


def _distribution(distribution: panels.Distribution, table: Table, column: Column) -> Chart:
    ids = [one.id for one in table.columns]
    at = ids.index(column.id)

    def place(one: panels.RowScores) -> tuple[int, int]:
        rank = table.rows[one.row].cells[at].rank
        return (len(table.rows) + 1 if rank is None else rank, one.row)

    rows = [
        (one, values)
        for one in sorted(distribution.rows, key=place)
        if (values := [value for value in one.values if value is not None])
    ]
    return {
        "kind": "box",
        "rows": [
            {**box(row_name(table, one.row), values), "row": one.row} for one, values in rows[:MOST_LINES]
        ],
        "value": f"{column_name(column)} of one video",
        "left": _left(len(rows)),
    }


def _critical(found: panels.CriticalDifference, table: Table) -> Chart:
    return {
        "kind": "ranks",
        "rows": [
            {"name": row_name(table, one.row), "rank": one.mean_rank, "row": one.row} for one in found.rows
        ],
        "cliques": [list(clique) for clique in found.cliques],
        "difference": found.difference,
        "value": f"mean rank over {found.videos} videos, 1 is best",
        "left": "",
    }


def _pareto(pareto: panels.Pareto, table: Table, column: Column) -> Chart:
    costs = [point.cost for point in pareto.points]
    log = min(costs) > 0 and max(costs) / min(costs) >= _LOG_FROM
    return {
        "kind": "pareto",
        "points": [
            {
                "name": row_name(table, point.row),
                "x": point.cost,
                "y": point.quality,
                "front": point.front,
                "row": point.row,
            }
            for point in pareto.points
        ],
        "log": log,
        "lower": column.direction == "lower",
        "cost": pareto.cost_title + (", logarithmic" if log else ""),
        "value": column_name(column),
        "left": "",
    }


def _sensitivity(sensitivity: panels.Sensitivity, table: Table) -> Chart:
    ranks = [{value.row: value.rank for value in way.values} for way in sensitivity.ways]
    rows = sorted({row for way in ranks for row, rank in way.items() if rank is not None})

    def mean_rank(row: int) -> tuple[float, int]:
        known = [rank for way in ranks if (rank := way.get(row)) is not None]
        return (math.fsum(known) / len(known), row)

    rows.sort(key=mean_rank)
    return {
        "kind": "bump",
        "axes": _short_names(sensitivity.ways),
        "lines": [
            {
                "name": row_name(table, row),
                "values": [way.get(row) for way in ranks],
                "texts": ["" if (rank := way.get(row)) is None else f"#{rank}" for way in ranks],
                "hollow": False,
                "row": row,
            }
            for row in rows[:MOST_LINES]
        ],
        "value": "rank",
        "left": _left(len(rows)),
    }


def _short_names(ways: Sequence[panels.ProtocolRow]) -> list[list[str]]:
    """Each way in lines, without what all of them share."""
    parts = [(way.protocol, way.metric, way.split_set, way.selection) for way in ways]
    differ = [i for i in range(len(parts[0])) if len({one[i] for one in parts}) > 1]
    return [
        [one[i] for i in differ if one[i]] or [way_name(way)] for one, way in zip(parts, ways, strict=True)
    ]


def _left(count: int) -> str:
    """What the plot leaves to the table."""
    return f"Drawn: {MOST_LINES} of {count} rows; the table has all." if count > MOST_LINES else ""
