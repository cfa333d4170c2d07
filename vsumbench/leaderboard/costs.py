"""Columns of what a run cost. No metric computes them: they are read from what every record holds.

A cost is shown beside print and never judged or ranked: it depends on the machine, and papers seldom say what
they timed and counted.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from vsumbench.records.record import RunRecord, Score
from vsumbench.store.records import StoredRecord

from .measured import Candidate, Observation, candidates
from .table import Measured

NO_PROTOCOL = "none"
"""The protocol of a cost column: none applies."""
UNJUDGED = (
    "Costs depend on the machine and on what is timed and counted. They are shown beside print, and never "
    "judged or ranked."
)
"""What stands below a table with costs."""
_TRAINED, _ALL, _BRANCH = "trainable_parameters", "total_parameters", "branch_parameters"


@dataclass(frozen=True)
class Cost:
    """A cost column.

    Attributes:
        scale: of its values.
        meaning: what is measured, in a sentence.
        value: of a record, or in words why there is none.
        facts: sentences on records that share a cell and have a value.
    """

    scale: str
    meaning: str
    value: Callable[[RunRecord], float | str]
    facts: Callable[[Sequence[RunRecord]], list[str]]


def measured_costs(stored: Iterable[StoredRecord], metric: str) -> list[Candidate]:
    """Complete runs grouped as for scores, runs on two machines apart. One prediction sealed twice counts
    once."""
    found: dict[str, Observation] = {}
    for one in stored:
        if one.record.status == "complete":
            found.setdefault(one.record.prediction_digest, Observation(one, _score(one.record, metric)))
    return candidates(found.values(), apart=_machine)


def about_cost(candidate: Candidate, measured: Measured, metric: str) -> list[str]:
    """What a reader must know of a measured cost, or why there is none."""
    records = [observation.stored.record for observation in candidate.observations]
    if measured.value is None:
        return [f"Not measured: {measured.reason}."]
    notes = COSTS[metric].facts(records)
    return [f"Mean of {len(records)} runs.", *notes] if len(records) > 1 else notes


def _score(record: RunRecord, metric: str) -> Score:
    """A cost in the form of a score, so that it is grouped, preferred and averaged like one."""
    cost = COSTS[metric]
    value = cost.value(record)
    return Score(
        protocol=NO_PROTOCOL,
        protocol_version="",
        metric=metric,
        metric_version="",
        scale=cost.scale,
        direction="lower",
        value=None if isinstance(value, str) else value,
        reason=value if isinstance(value, str) else "",
        items=record.coverage.evaluated,
    )


def _machine(record: RunRecord) -> str:
    return f"on {record.timing.machine or record.device}"


def _hours(record: RunRecord) -> float | str:
    if not record.model.trainable:
        return "the method trains nothing"
    timing = record.timing
    seconds = timing.fit_seconds if timing.fit_device_seconds is None else timing.fit_device_seconds
    return "the record does not hold how long training took" if seconds is None else seconds / 3600


def _about_hours(records: Sequence[RunRecord]) -> list[str]:
    first, times = records[0], [record.timing for record in records]
    notes = [f"Trained {_machine(first)}, {first.dtype}."]
    walls = [time.fit_seconds for time in times if time.fit_seconds is not None]
    if any(time.fit_device_seconds not in (None, time.fit_seconds) for time in times):
        notes.append(f"Wall clock: {_range([wall / 3600 for wall in walls], 3)} h.")
    if any(time.fit_whole is False for time in times):
        notes.append("A training was interrupted: what it took before that is not in the hours.")
    elif any(time.fit_whole is None for time in times):
        notes.append("The record does not say whether training was interrupted; if so, a part is missing.")
    memory = [time.memory_mib for time in times if time.memory_mib is not None]
    on_device = [time.device_memory_mib for time in times if time.device_memory_mib is not None]
    if memory:
        more = f", {_range(on_device, 0)} MiB on the device" if on_device else ""
        notes.append(f"Peak memory of the process {_range(memory, 0)} MiB{more}.")
    return notes


def _milliseconds(record: RunRecord) -> float | str:
    latency = record.timing.latency
    if latency is None:
        return "the record was sealed before the time of a video was taken up in it"
    return 1000 * latency.median


def _about_latency(records: Sequence[RunRecord]) -> list[str]:
    found = [record.timing.latency for record in records if record.timing.latency is not None]
    p90, mean = _range([1000 * one.p90 for one in found], 1), _range([1000 * one.mean for one in found], 1)
    tokens = [1000 * one.token for one in found if one.token is not None]
    spread = f"90th percentile {p90} ms, mean {mean} ms"
    many = f"{_range([one.videos for one in found], 0)} values"
    left = f"{_range([one.warm_up for one in found], 0)} left out as warm-up"
    per_token = f", {_range(tokens, 2)} ms a generated token" if tokens else ""
    return [f"Timed {_machine(records[0])}, {records[0].dtype}.", f"{spread}{per_token}; {many}, {left}."]


def _share(below: str, missing: str) -> Callable[[RunRecord], float | str]:
    def value(record: RunRecord) -> float | str:
        if not record.model.trainable:
            return "the method trains nothing"
        pairs = _counts(record, below)
        if not pairs or any(count <= 0 for _, count in pairs):
            return missing
        return statistics.fmean(100 * trained / count for trained, count in pairs)

    return value


def _about_share(below: str, what: str) -> Callable[[Sequence[RunRecord]], list[str]]:
    def facts(records: Sequence[RunRecord]) -> list[str]:
        pairs = {pair for record in records for pair in _counts(record, below)}
        if len(pairs) > 1:
            return ["Mean over trainings of different size."]
        return [f"{_grouped(trained)} trained, {_grouped(count)} {what}." for trained, count in pairs]

    return facts


def _counts(record: RunRecord, below: str) -> list[tuple[float, float]]:
    """(trained, parameters of the denominator) of each fold; empty unless every fold says both."""
    facts: list[Mapping[str, float]] = [report.get("facts") or {} for report in record.fit]
    if not all(_TRAINED in fact and below in fact for fact in facts):
        return []
    return [(fact[_TRAINED], fact[below]) for fact in facts]


def _range(values: Sequence[float], digits: int) -> str:
    """`5.2`, or `5.2 to 5.6`."""
    texts = dict.fromkeys(f"{value:.{digits}f}" for value in (min(values), max(values)))
    return " to ".join(texts)


def _grouped(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


COSTS: Mapping[str, Cost] = {
    "training-hours": Cost(
        scale="hours",
        meaning="Measured: device-hours, wall clock of training times the processes that train, summed over "
        "folds. Reading the videos, choosing the checkpoint on validation videos and writing checkpoints are "
        "in it; making the weights of a backbone and summarizing are not.",
        value=_hours,
        facts=_about_hours,
    ),
    "latency-ms": Cost(
        scale="ms",
        meaning="Measured: one whole video from reading it to its summary, batched as the model batches (a "
        "batch's time in equal shares); median over test videos after warm-up.",
        value=_milliseconds,
        facts=_about_latency,
    ),
    "trainable-share": Cost(
        scale="percent",
        meaning="Measured: trained parameters as a share of all the model has, frozen ones included.",
        value=_share(_ALL, "the record does not hold how many parameters the model has and trains"),
        facts=_about_share(_ALL, "in all"),
    ),
    "trainable-share[branch]": Cost(
        scale="percent",
        meaning="Measured only: trained parameters as a share of those its backbone trains by itself.",
        value=_share(_BRANCH, "the record does not hold how many parameters the backbone itself trains"),
        facts=_about_share(_BRANCH, "trained by the backbone itself"),
    ),
}
"""Metric of a cost column → what it is."""
