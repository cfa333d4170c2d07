"""How far the order of methods depends on the way to count: protocol, split set and selection rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from vsumbench.records.record import RunRecord
from vsumbench.store.records import StoredRecord

from .column_scores import ColumnScores
from .column_statistics import tidy
from .measured import condition_of, options_of
from .panels import ProtocolRow, ProtocolValue, Sensitivity
from .statistics.agreement import kendall

MOST_ROWS = 12
MOST_WAYS = 24
Way = tuple[str, str, str, str]
"""Protocol, metric, split set, selection rule."""
Method = tuple[object, ...]


class Ways:
    """The runs of each method on each dataset, under whatever setting."""

    def __init__(self, stored: Iterable[StoredRecord]) -> None:
        self._runs: dict[Method, dict[str, RunRecord]] = defaultdict(dict)
        for one in stored:
            self._runs[_method(one.record)].setdefault(one.record.prediction_digest, one.record)

    def sensitivity(self, columns: Sequence[ColumnScores]) -> tuple[Sensitivity | None, list[str]]:
        """For the ranked rows of the first column that has two: value and rank under every way there is a
        score for of the same metric, and what was left out. None where there is one way alone."""
        column = next((one for one in columns if len(one.ranked) > 1), None)
        if column is None:
            return None, []
        rows = [row for row in column.ranked if column.records.get(row)][:MOST_ROWS]
        values = {row: self._values(column, row) for row in rows}
        trained = [row for row in rows if column.records[row][0].record.model.trainable]
        first = (trained or rows)[0]
        base = _way(column.cells[first].protocol, column.column.metric, column.records[first][0].record)
        ways = {way for row in trained or rows for way in values[row]}
        others = sorted(ways - {base}, key=lambda way: (way[0] != base[0], way))
        order = _of(base, values)
        lines = [line for way in (base, *others) if (line := _line(way, _of(way, values), order)) is not None]
        if len(lines) < 2:
            return None, []
        left = []
        if len(column.ranked) > len(rows):
            left.append(f"Other ways to count are shown for the best {len(rows)} rows.")
        if len(lines) > MOST_WAYS:
            left.append(f"{len(lines) - MOST_WAYS} further ways to count are not shown.")
        return Sensitivity(ways=tuple(lines[:MOST_WAYS])), left

    def _values(self, column: ColumnScores, row: int) -> dict[Way, tuple[float, float, bool]]:
        """Way → value (a mean over seeds), sign of its direction, whether chosen on the test fold."""
        base = column.column.metric.partition("[")[0]
        shown = column.records[row][0].record
        own = _way(column.cells[row].protocol, column.column.metric, shown)
        mine = {one.record.prediction_digest for one in column.records[row]}
        found: dict[Way, list[tuple[float, float, bool]]] = defaultdict(list)
        for record in self._runs.get(_method(shown), {}).values():
            for score in record.scores:
                if score.metric.partition("[")[0] != base or score.value is None:
                    continue
                way = _way(score.protocol, score.metric, record)
                # The board's own way shows the board's own runs.
                if way != own or record.prediction_digest in mine:
                    sign = -1.0 if score.direction == "lower" else 1.0
                    found[way].append((score.value, sign, condition_of(record).optimistic))
        return {
            way: (sum(value for value, _, _ in each) / len(each), *each[0][1:]) for way, each in found.items()
        }


def _of(
    way: Way, values: Mapping[int, Mapping[Way, tuple[float, float, bool]]]
) -> dict[int, tuple[float, float, bool]]:
    """Row → what it has under a way; a row without training does not depend on the selection rule."""
    untrained = (*way[:3], "")
    found = {row: known.get(way) or known.get(untrained) for row, known in values.items()}
    return {row: one for row, one in found.items() if one is not None}


def _line(
    way: Way,
    found: Mapping[int, tuple[float, float, bool]],
    order: Mapping[int, tuple[float, float, bool]],
) -> ProtocolRow | None:
    if len(found) < 2:
        return None
    ranked = sorted(-value * sign for value, sign, optimistic in found.values() if not optimistic)
    both = [row for row in found if row in order]
    tau = kendall(*([side[row][0] * side[row][1] for row in both] for side in (found, order)))
    return ProtocolRow(
        protocol=way[0],
        metric=way[1],
        split_set=way[2],
        selection=way[3],
        values=tuple(
            ProtocolValue(
                row=row,
                value=tidy(value),
                rank=None if optimistic else 1 + ranked.index(-value * sign),
            )
            for row, (value, sign, optimistic) in found.items()
        ),
        tau=tau,
    )


def _way(protocol: str, metric: str, record: RunRecord) -> Way:
    selection = record.setting.selection if record.model.trainable else ""
    return protocol, metric, record.setting.split_set, selection


def _method(record: RunRecord) -> Method:
    """What must agree for two runs to be one method on one dataset; the setting may differ."""
    model, data, coverage = record.model, record.dataset, record.coverage
    return (
        *(data.id, data.edition, data.edition_version, coverage.evaluated, coverage.official),
        *(model.id, model.variant, model.preset, options_of(record), model.ablated),
        *(model.version, model.source_digest, record.dtype, record.repetitions),
    )
