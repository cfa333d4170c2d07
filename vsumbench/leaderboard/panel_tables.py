"""Panels as plain tables of text: what Markdown shows, and what stands behind each plot of a page."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from . import panels
from .table import Column, Table
from .words import DASH, arrow, number, p_text, row_title, subtitle


@dataclass(frozen=True, kw_only=True)
class PlainTable:
    """A titled table of text. The first of `heads` stands over the names of rows."""

    id: str
    title: str
    about: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def panel_tables(table: Table) -> tuple[PlainTable, ...]:
    """Every panel of a table, in the order pages show them."""
    return tuple(_all(table))


def _all(table: Table) -> Iterator[PlainTable]:
    found = table.panels
    columns = {column.id: column for column in table.columns}
    for i, profile in enumerate(found.profiles):
        yield _profile(profile, table, columns, f"profile-{i + 1}")
    for distribution in found.distributions:
        yield _distribution(distribution, table, columns[distribution.column])
    for difference in found.critical_differences:
        yield _critical_difference(difference, table, columns[difference.column])
    for i, pareto in enumerate(found.paretos):
        yield _pareto(pareto, table, columns[pareto.quality], f"pareto-{i + 1}")
    if found.sensitivity is not None:
        yield _sensitivity(found.sensitivity, table)
    if found.agreement is not None:
        yield _agreement(found.agreement, columns)
    if found.power is not None:
        yield _power(found.power, columns)


def row_name(table: Table, row: int) -> str:
    """What a row is called below the table: its title, and what tells it from rows of the same title."""
    one = table.rows[row]
    title = row_title(one)
    alike = [other for other in table.rows if other.title == one.title]
    if len(alike) < 2:
        return title
    apart = ", ".join(part for part in (subtitle(one, table), one.dataset, *one.flags) if part)
    return f"{title} ({apart})" if apart else title


def column_name(column: Column) -> str:
    """`TVSum Kendall τ`."""
    return f"{column.group} {column.title}".strip()


def _value(value: float | None, decimals: int) -> str:
    return DASH if value is None else number(value, decimals)


def _profile(profile: panels.Profile, table: Table, columns: dict[str, Column], identity: str) -> PlainTable:
    axes = [columns[name] for name in profile.columns]
    kinds = [("printed", profile.printed), ("measured", profile.measured)]
    both = all(lines for _, lines in kinds)
    return PlainTable(
        id=identity,
        title=profile.title,
        about="The numbers the plot is drawn from; every axis begins at 0.",
        heads=("Method", *(f"{column_name(axis)} {arrow(axis)}".rstrip() for axis in axes)),
        rows=tuple(
            (
                row_name(table, line.row) + f", {kind}" * both,
                *(_value(v, axis.decimals) for v, axis in zip(line.values, axes, strict=True)),
            )
            for kind, lines in kinds
            for line in lines
        ),
    )


def _distribution(distribution: panels.Distribution, table: Table, column: Column) -> PlainTable:
    def line(one: panels.RowScores) -> tuple[str, ...]:
        values = sorted(value for value in one.values if value is not None)
        if len(values) < 2:
            quartiles = [values[0]] * 3 if values else [None] * 3
        else:
            quartiles = [*statistics.quantiles(values, n=4, method="inclusive")]
        ends = (values[0], values[-1]) if values else (None, None)
        shown = [ends[0], *quartiles, ends[1]]
        return (row_name(table, one.row), *(_value(v, column.decimals) for v in shown), str(len(values)))

    return PlainTable(
        id=f"distribution-{column.id}",
        title=f"{column_name(column)} by video",
        about=f"Scores of {len(distribution.videos)} videos.",
        heads=("Method", "least", "lower quartile", "median", "upper quartile", "most", "videos"),
        rows=tuple(line(one) for one in distribution.rows),
    )


def _critical_difference(found: panels.CriticalDifference, table: Table, column: Column) -> PlainTable:
    letters = "abcdefghijklmnopqrstuvwxyz"
    groups = [
        "".join(letters[i % 26] for i, clique in enumerate(found.cliques) if n in clique)
        for n in range(len(found.rows))
    ]
    return PlainTable(
        id=f"critical-difference-{column.id}",
        title=f"Mean ranks by video, {column_name(column)}",
        about=f"Over {found.videos} videos. Friedman test that all are alike, p: {p_text(found.friedman_p)}. "
        f"Rows that share a letter are not told apart: their mean ranks differ by less than "
        f"{number(found.difference, 2)} (Nemenyi, {found.alpha:g}).",
        heads=("Method", "mean rank", "group"),
        rows=tuple(
            (row_name(table, one.row), number(one.mean_rank, 2), group)
            for one, group in zip(found.rows, groups, strict=True)
        ),
    )


def _pareto(pareto: panels.Pareto, table: Table, column: Column, identity: str) -> PlainTable:
    return PlainTable(
        id=identity,
        title=f"{column_name(column)} against {pareto.cost_title}",
        about="On the front: no other row costs as little and is as good.",
        heads=("Method", pareto.cost_title, column_name(column), "on the front"),
        rows=tuple(
            (
                row_name(table, point.row),
                f"{point.cost:.3g}",
                number(point.quality, column.decimals),
                "yes" if point.front else "",
            )
            for point in pareto.points
        ),
    )


def _sensitivity(sensitivity: panels.Sensitivity, table: Table) -> PlainTable:
    rows = list(dict.fromkeys(value.row for way in sensitivity.ways for value in way.values))

    def cell(way: panels.ProtocolRow, row: int) -> str:
        value = next((one for one in way.values if one.row == row), None)
        if value is None or value.value is None:
            return DASH
        return f"{value.value:.4g}" + (f" (#{value.rank})" if value.rank is not None else "")

    return PlainTable(
        id="sensitivity",
        title="The same runs under other protocols",
        about="Value and rank (#) of each row. τ: Kendall's, of a line's order of rows with the board's.",
        heads=("Protocol and metric", *(row_name(table, row) for row in rows), "τ"),
        rows=tuple(
            (way_name(way), *(cell(way, row) for row in rows), _value(way.tau, 2)) for way in sensitivity.ways
        ),
    )


def way_name(way: panels.ProtocolRow) -> str:
    """`peruser-2fps kendall, canonical-nonoverlap, inner-val`."""
    parts = (f"{way.protocol} {way.metric}", way.split_set, way.selection)
    return ", ".join(part for part in parts if part)


def _agreement(agreement: panels.Agreement, columns: dict[str, Column]) -> PlainTable:
    return PlainTable(
        id="agreement",
        title="Do metrics agree on the order of rows?",
        about="Kendall's τ-b and Spearman's ρ between columns over rows that have both; few say little.",
        heads=("Columns", "numbers", "rows", "Kendall τ", "Spearman ρ"),
        rows=tuple(
            (
                f"{column_name(columns[pair.first])} and {column_name(columns[pair.second])}",
                pair.source,
                str(pair.rows),
                _value(pair.kendall, 2),
                _value(pair.spearman, 2),
            )
            for pair in agreement.pairs
        ),
    )


def _power(power: panels.Power, columns: dict[str, Column]) -> PlainTable:
    first = power.columns[0]
    return PlainTable(
        id="power",
        title="What differences this test set can tell",
        about=f"The smallest true difference that a paired test at {first.alpha:g} finds with power "
        f"{first.power:g}.",
        heads=("Column", "videos", "sd of paired differences", "smallest difference"),
        rows=tuple(
            (
                column_name(columns[one.column]),
                str(one.videos),
                number(one.deviation, columns[one.column].decimals),
                number(one.difference, columns[one.column].decimals),
            )
            for one in power.columns
        ),
    )
