"""How the numbers of a board are made: what each protocol and metric is, from their specs."""

from __future__ import annotations

from collections.abc import Iterable

from vsumbench.arguments import without_aggregate
from vsumbench.explanation import Explanation, explain
from vsumbench.records.record import Score

from .catalog import Catalog
from .table import Cell, Column


def making(columns: Iterable[Column], cells: Iterable[Cell], catalog: Catalog) -> tuple[Explanation, ...]:
    """What each protocol is that a column or a cell with a value follows, then what each metric is.

    Names that no usable plugin provides have none; those of costs stand at their columns.
    """
    columns = tuple(columns)
    valued = (cell.protocol for cell in cells if cell.reported is not None or cell.measured is not None)
    protocols = map(catalog.protocol, dict.fromkeys((*(column.protocol for column in columns), *valued)))
    metrics = map(catalog.metric, dict.fromkeys(without_aggregate(column.metric) for column in columns))
    found = [spec for spec in (*protocols, *metrics) if spec is not None]
    texts = map(explain, found)
    return tuple({(text.kind, text.id): text for text in texts}.values())


def other_versions(score: Score, catalog: Catalog) -> list[str]:
    """What to say of a value made by another version of its protocol or metric than the one explained."""
    protocol, metric = catalog.protocol(score.protocol), catalog.metric(without_aggregate(score.metric))
    pairs = [(protocol, score.protocol_version), (metric, score.metric_version)]
    return [
        f"Made by version {version} of {spec.id}; what is said of it is version {spec.version}."
        for spec, version in pairs
        if spec is not None and version and version != spec.version
    ]
