"""The random row under the same condition, for performance over random."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from vsumbench.records.record import RunRecord
from vsumbench.store.records import StoredRecord

from .column_scores import ColumnScores
from .column_statistics import mean_intervals, tidy
from .costs import COSTS
from .per_video import ScoreReader
from .statistics.over_random import over_random
from .table import OverRandom
from .verdict import convert

RANDOM = "random"
"""The model whose scores say nothing."""
Condition = tuple[object, ...]


class RandomValues:
    """Values of the random row by what they were measured on.

    Args:
        stored: complete runs, those of the random row among them.
        reader: for the interval of its values.
    """

    def __init__(self, stored: Iterable[StoredRecord], reader: ScoreReader) -> None:
        self._reader = reader
        self._runs: dict[Condition, dict[str, StoredRecord]] = defaultdict(dict)
        for one in stored:
            if one.record.model.id == RANDOM and not one.record.model.ablated:
                self._runs[_condition(one.record)].setdefault(one.record.prediction_digest, one)
        self._known: dict[tuple[Condition, str, str], tuple[float, float | None, str] | None] = {}

    def over(self, column: ColumnScores) -> Mapping[int, OverRandom]:
        """Row → performance over random, for rows that have a random row beside them."""
        found = {}
        if column.column.metric in COSTS:
            return {}
        for row, runs in column.records.items():
            cell = column.cells[row]
            if not runs or cell.measured is None or cell.measured.value is None:
                continue
            known = self._of(_condition(runs[0].record), cell.protocol, column.column.metric)
            if known is None:
                continue
            random, low, scale = known
            factor = convert(1.0, scale, column.column.scale) or 1.0
            percent, reason = over_random(
                cell.measured.value,
                random * factor,
                None if low is None else low * factor,
                scale=scale,
                higher=column.column.direction == "higher",
            )
            found[row] = OverRandom(percent=None if percent is None else tidy(percent), reason=reason)
        return found

    def _of(self, condition: Condition, protocol: str, metric: str) -> tuple[float, float | None, str] | None:
        """Value (a mean where there are several runs), low end of its interval, scale."""
        key = (condition, protocol, metric)
        if key not in self._known:
            self._known[key] = self._measure(*key)
        return self._known[key]

    def _measure(
        self, condition: Condition, protocol: str, metric: str
    ) -> tuple[float, float | None, str] | None:
        runs, values, scale = [], [], ""
        for one in self._runs.get(condition, {}).values():
            for score in one.record.scores:
                if (score.protocol, score.metric) == (protocol, metric) and score.value is not None:
                    runs.append(one)
                    values.append(score.value)
                    scale = score.scale
        if not values:
            return None
        read = self._reader.together(runs, protocol, metric)
        low = None
        if not isinstance(read, str) and read.values is not None:
            around = mean_intervals({0: read.values}, read.layout).get(0)
            low = None if around is None else around.low
        return sum(values) / len(values), low, scale


def _condition(record: RunRecord) -> Condition:
    data, setting, coverage = record.dataset, record.setting, record.coverage
    return (
        *(data.id, data.edition, data.edition_version),
        *(setting.split_set, setting.split_digest, coverage.evaluated, coverage.official),
    )
