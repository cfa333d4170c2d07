"""Standing boards: one a dataset, edition and protocol with runs. New models appear here without any spec."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vsumbench.records.record import RunRecord, Score
from vsumbench.store.records import StoredRecord

from .catalog import Catalog
from .columns import default_decimals, in_scale
from .draft import DraftCell, DraftGroup, DraftRow, Runs, finish
from .extra import NOTHING, Extras
from .labels import tell_apart
from .making import making, other_versions
from .measured import Candidate, Observation, candidates, condition_of, measure, options_of, prefer
from .ranks import rank
from .remarks import about_measured
from .table import Cell, Column, Condition, Row, Table

_BANNERS = {
    "planted": "Planted data: generated videos with a known signal. These values show what a method "
    "learns from it, and say nothing about real videos.",
    "sample": "A sample of the real data: these values do not rank against the full dataset.",
    "annotations": "Annotations alone, without features or frames: these values do not rank against the full "
    "edition.",
}
_MEANINGS = {"full": "all of the dataset", "annotations": "all annotations of the dataset, no features"}


@dataclass(frozen=True, order=True)
class StandingKey:
    """What a standing board is about."""

    dataset: str
    edition: str
    protocol: str

    @property
    def id(self) -> str:
        """A name fit for a file. Names that lose characters get a digest, so that two never meet."""
        plain = "-".join(("standing", self.dataset, self.edition, self.protocol))
        safe = re.sub(r"[^a-z0-9._-]+", "_", plain.casefold())
        return safe if safe == plain else f"{safe}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class _Line:
    """One row to be: runs of one method that differ in seeds alone, whatever the metric."""

    stored: tuple[StoredRecord, ...]
    found: dict[str, list[Candidate]]

    @property
    def record(self) -> RunRecord:
        """The run that speaks for what all of them share."""
        return self.stored[0].record

    @property
    def condition(self) -> Condition:
        return condition_of(self.record)

    @property
    def reference(self) -> bool:
        return self.record.model.reference_row or self.record.model.baseline


def standing_keys(stored: Iterable[StoredRecord]) -> dict[StandingKey, list[StoredRecord]]:
    """Every (dataset, edition, protocol) that complete runs have scores for, with those runs."""
    found: dict[StandingKey, list[StoredRecord]] = defaultdict(list)
    for one in stored:
        record = one.record
        if record.status == "complete":
            for protocol in dict.fromkeys(score.protocol for score in record.scores):
                found[StandingKey(record.dataset.id, record.dataset.edition, protocol)].append(one)
    return dict(sorted(found.items()))


def build_standing(
    key: StandingKey, stored: Sequence[StoredRecord], catalog: Catalog, extras: Extras = NOTHING
) -> Table:
    """The board of one (dataset, edition, protocol): all models as rows, all metrics as columns.

    `extras` are the columns of plugins, computed for all of `stored`; they stand after the metrics.
    """
    columns = _columns(key, stored, catalog)
    lines = _lines(key, stored, [column.metric for column in columns])
    runs = Runs()
    flags = tell_apart([line.record for line in lines])
    drafts = [
        _row(line, flag, columns, extras, runs, catalog) for line, flag in zip(lines, flags, strict=True)
    ]
    numbered, groups, notes = finish(columns, [()] * len(columns), _groups(lines, drafts, columns))
    dataset = stored[0].record.dataset.title
    where = "" if key.edition == "full" else f" ({key.edition})"
    return Table(
        id=key.id,
        title=f"{dataset}{where}: {catalog.protocol_title(key.protocol)}",
        caption=f"Every complete run on {dataset}, edition {key.edition}"
        + (f" ({_MEANINGS[key.edition]})" if key.edition in _MEANINGS else "")
        + f", scored under protocol {key.protocol}.",
        kind="standing",
        columns=numbered,
        groups=rank(numbered, groups),
        notes=notes,
        runs=runs.links,
        banner=_banner(key.edition, stored[0].record.evidence),
        making=making(
            columns, (cell for group in groups for row in group.rows for cell in row.cells), catalog
        ),
        extra_columns=extras.columns,
        dataset=key.dataset,
        edition=key.edition,
    )


def _banner(edition: str, evidence: str) -> str:
    """What must stand above the numbers. Every generated edition says that it is one."""
    known = _BANNERS.get("planted" if evidence == "planted" else edition)
    return known or ("" if edition == "full" else f"Edition {edition}.")


def _columns(key: StandingKey, stored: Sequence[StoredRecord], catalog: Catalog) -> tuple[Column, ...]:
    seen: dict[str, Score] = {}
    for one in stored:
        for score in one.record.scores:
            if score.protocol == key.protocol:
                seen.setdefault(score.metric, score)
    # Records keep the order of the protocol's own metrics; further ones follow it.
    return tuple(
        Column(
            id=metric,
            title=_title(metric, catalog),
            dataset=key.dataset,
            protocol=key.protocol,
            metric=metric,
            direction="lower" if score.direction == "lower" else "higher",
            scale=score.scale,
            decimals=default_decimals(score.scale),
        )
        for metric, score in seen.items()
    )


def _title(metric: str, catalog: Catalog) -> str:
    spec = catalog.metric(metric)
    if spec is None:
        return metric
    _, bracket, argument = metric.partition("[")
    return f"{spec.title} {bracket}{argument}" if bracket else spec.title


def _lines(key: StandingKey, stored: Sequence[StoredRecord], metrics: Sequence[str]) -> list[_Line]:
    """One line for each set of runs that differ in seeds alone. A prediction sealed twice counts once."""
    observations: dict[tuple[object, ...], dict[str, dict[str, Observation]]] = {}
    runs: dict[tuple[object, ...], dict[str, StoredRecord]] = defaultdict(dict)
    for one in stored:
        record = one.record
        identity = (
            *(record.model.id, record.model.variant, condition_of(record), options_of(record)),
            *(record.model.distribution, record.model.version, record.model.source_digest, record.dtype),
            *(
                record.dataset.fingerprint,
                record.setting.split_digest,
                record.setting.folds,
                record.repetitions,
            ),
        )
        runs[identity].setdefault(record.prediction_digest, one)
        by_metric = observations.setdefault(identity, defaultdict(dict))
        for score in record.scores:
            if score.protocol == key.protocol:
                by_metric[score.metric].setdefault(record.prediction_digest, Observation(one, score))
    return [
        _Line(
            tuple(runs[identity].values()),
            {m: prefer(candidates(by_metric[m].values())) for m in metrics if by_metric.get(m)},
        )
        for identity, by_metric in observations.items()
    ]


def _row(
    line: _Line,
    differs: tuple[str, ...],
    columns: Sequence[Column],
    extras: Extras,
    runs: Runs,
    catalog: Catalog,
) -> DraftRow:
    cells = []
    for column in columns:
        found = line.found.get(column.metric)
        cell = Cell(column=column.id, protocol=column.protocol)
        if not found:
            cells.append(DraftCell(cell))
            continue
        shown = found[0]
        measured = measure(shown)
        notes = [*about_measured(shown, measured), *other_versions(shown.first.score, catalog)]
        if found[1:]:
            notes.append(
                f"Shown: version {shown.first.score.metric_version} of the metric; other runs have others."
            )
        cell = replace(
            cell,
            measured=in_scale(measured, shown.first.score.scale, column.scale),
            condition=shown.condition,
            runs=tuple(runs.add(observation.stored) for observation in shown.observations),
        )
        cells.append(DraftCell(cell, tuple(notes)))
    model, condition = line.record.model, line.condition
    # The edition stands over the whole board; what is left to say is the preset and what tells rows apart.
    flags = tuple(flag for flag in condition.flags if not flag.startswith("edition "))
    row = Row(
        title=model.title,
        model=model.id,
        variant=model.variant or "",
        reference=line.reference,
        optimistic=condition.optimistic,
        flags=(*flags, *differs),
        extras=extras.cells(line.stored),
    )
    return DraftRow(row, tuple(cells))


def _groups(
    lines: Sequence[_Line], drafts: Sequence[DraftRow], columns: Sequence[Column]
) -> list[DraftGroup]:
    """Reference rows, then methods by split set and selection rule."""
    found: dict[str, list[DraftRow]] = defaultdict(list)
    for line, draft in zip(lines, drafts, strict=True):
        found[_heading(line)].append(draft)
    last = {_heading(line) for line in lines if line.condition.optimistic and not line.reference}
    order = sorted(found, key=lambda title: (title != "Reference rows", title in last, title))
    return [DraftGroup(t, tuple(sorted(found[t], key=lambda draft: _order(draft, columns)))) for t in order]


def _heading(line: _Line) -> str:
    if line.reference:
        return "Reference rows"
    at = line.condition
    how = f"selected by {at.selection}" if at.trained else "nothing trained"
    return f"{at.split_set} · {how}"


def _order(draft: DraftRow, columns: Sequence[Column]) -> tuple[object, ...]:
    """Published presets first, then best first by the first column with a value; rows without one last."""
    row = draft.row
    other = any(flag.startswith(("preset ", "own ", "input: ")) for flag in row.flags)
    for i, (column, cell) in enumerate(zip(columns, draft.cells, strict=True)):
        value = None if cell.cell.measured is None else cell.cell.measured.value
        if value is not None:
            return (
                other,
                i,
                -value if column.direction == "higher" else value,
                row.title,
                row.variant,
                row.flags,
            )
    return other, len(columns), 0.0, row.title, row.variant, row.flags
