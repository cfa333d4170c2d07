"""From records to measured values: which runs repeat one another, and which may never be averaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from vsumbench.records.record import RunRecord, Score
from vsumbench.store.records import StoredRecord

from .statistics.seeds import deviation, mean_and_deviation
from .table import Condition, Measured

_EDITIONS = ("full", "annotations", "sample", "planted")


@dataclass(frozen=True)
class Observation:
    """One score of one run."""

    stored: StoredRecord
    score: Score


@dataclass(frozen=True)
class Candidate:
    """Runs that differ in nothing but their seed, under one protocol and metric.

    `apart` is what else sets them apart from others, in words.
    """

    condition: Condition
    options: str
    observations: tuple[Observation, ...]
    apart: str = ""

    @property
    def first(self) -> Observation:
        """The run that speaks for what all of them share."""
        return self.observations[0]

    @property
    def finished(self) -> str:
        """When the last of the runs ended (ISO 8601), for preferring newer work."""
        return max(observation.stored.record.timing.finished for observation in self.observations)


def condition_of(record: RunRecord) -> Condition:
    """What a record says of the circumstances of its numbers."""
    return Condition(
        edition=record.dataset.edition,
        edition_version=record.dataset.edition_version,
        preset=record.model.preset,
        split_set=record.setting.split_set,
        selection=record.setting.selection,
        evidence=record.evidence,
        trained=record.model.trainable,
        evaluated=record.coverage.evaluated,
        official=record.coverage.official,
        set_by_hand=record.model.set_by_hand,
        ablated=record.model.ablated,
    )


def options_of(record: RunRecord) -> str:
    """The composed options as canonical text, for telling runs apart."""
    return json.dumps(record.model.options, sort_keys=True, ensure_ascii=False)


def observe(stored: Iterable[StoredRecord], protocol: str, metric: str) -> list[Observation]:
    """The scores of complete runs under one protocol and metric. One prediction sealed twice counts once."""
    found: dict[str, Observation] = {}
    for one in stored:
        if one.record.status != "complete":
            continue
        for score in one.record.scores:
            if (score.protocol, score.metric) == (protocol, metric):
                found.setdefault(one.record.prediction_digest, Observation(one, score))
    return list(found.values())


def candidates(
    observations: Iterable[Observation], apart: Callable[[RunRecord], str] = lambda _: ""
) -> list[Candidate]:
    """Observations grouped so that a group differs in seeds alone, in order of folder names.

    `apart` says in words what else must agree within a group.
    """
    groups: dict[tuple[object, ...], list[Observation]] = {}
    for observation in observations:
        record, score = observation.stored.record, observation.score
        key = (
            *(condition_of(record), options_of(record), record.model.source_digest, record.model.version),
            *(record.dataset.fingerprint, record.setting.split_digest, record.setting.folds),
            *(record.repetitions, record.dtype, score.protocol_version, score.metric_version, score.scale),
            apart(record),
        )
        groups.setdefault(key, []).append(observation)
    return [
        Candidate(condition_of(first), options_of(first), tuple(group), apart(first))
        for group in groups.values()
        for first in (group[0].stored.record,)
    ]


def prefer(found: Sequence[Candidate], split_set: str = "", selection: str = "") -> list[Candidate]:
    """Candidates, the one a paper's cell shows first.

    Full data before parts, the published preset before others, the board's split set and selection before
    others, a fair selection before the test fold, more of the official split, more runs, newer work.
    """
    newest_first = sorted(found, key=lambda c: c.finished, reverse=True)

    def order(candidate: Candidate) -> tuple[object, ...]:
        at = candidate.condition
        edition = _EDITIONS.index(at.edition) if at.edition in _EDITIONS else len(_EDITIONS)
        return (
            *(edition, not at.as_published, bool(split_set) and at.split_set != split_set),
            *(bool(selection) and at.selection != selection, at.optimistic and not selection),
            *(-at.evaluated / max(at.official, 1), -len(candidate.observations)),
        )

    return sorted(newest_first, key=order)


def measure(candidate: Candidate) -> Measured:
    """One value: that of the run, or the mean over runs. A run without a value leaves the mean undefined."""
    scores = [observation.score for observation in candidate.observations]
    base = Measured(
        value=None,
        items=scores[0].items,
        undefined_prediction=sum(score.undefined_prediction for score in scores),
        undefined_reference=sum(score.undefined_reference for score in scores),
    )
    defined = [score.value for score in scores if score.value is not None]
    if len(scores) == 1:
        folds = scores[0].folds
        return replace(
            base,
            value=scores[0].value,
            reason=scores[0].reason,
            spread=deviation(folds) if defined else None,
            spread_over="folds" if len(folds) > 1 else "",
            values=folds,
        )
    reason = ""
    if len(defined) < len(scores):
        first = next(score.reason for score in scores if score.value is None)
        reason = f"undefined in {len(scores) - len(defined)} of {len(scores)} runs: {first}"
    values = tuple(score.value for score in scores)
    mean, spread = mean_and_deviation(values)
    return replace(
        base,
        value=mean,
        reason=reason,
        spread=spread,
        spread_over="runs",
        values=values,
    )
