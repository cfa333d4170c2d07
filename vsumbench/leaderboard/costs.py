"""Columns of what a run cost. No metric computes them: they are read from what every record holds.

A cost is shown beside print and never judged or ranked: it depends on the machine, and papers seldom say what
they timed and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from vsumbench.explanation import Measurement
from vsumbench.records.record import TIMED, WARM_UP, Latency, RunRecord, Score
from vsumbench.store.records import StoredRecord

from .measured import Candidate, Observation, candidates
from .measurements import MEASUREMENTS
from .shares import about_share, share
from .table import Measured

NO_PROTOCOL = "none"
"""The protocol of a cost column: none applies."""
UNJUDGED = (
    "Costs depend on the machine and on what is timed and counted. They are shown beside print, and never "
    "judged or ranked."
)
"""What stands below a table with costs."""


@dataclass(frozen=True)
class Cost:
    """A cost column.

    Attributes:
        definition: what it is, in words.
        value: of a record, or in words why there is none.
        facts: sentences on records that share a cell and have a value.
    """

    definition: Measurement
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
        scale=cost.definition.scale,
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
    notes = [f"Trained {_machine(first)}, {first.dtype}{_recipe(records)}."]
    walls = [time.fit_seconds for time in times if time.fit_seconds is not None]
    if walls:
        many = {time.fit_processes for time in times}
        processes = next(iter(many)) if len(many) == 1 else None
        on = f" in {processes} process{'es' * (processes != 1)}" if processes else ""
        notes.append(f"Wall clock: {_range([wall / 3600 for wall in walls], 3)} h{on}.")
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


def _recipe(records: Sequence[RunRecord]) -> str:
    """`, batch 32, 10 epochs`, as far as the records say it."""
    reports = [report for record in records for report in record.fit]
    sizes = [
        report["facts"]["batch_size"] for report in reports if "batch_size" in (report.get("facts") or {})
    ]
    epochs = [report["epochs"] for report in reports if report.get("epochs")]
    words = [f"batch {_range(sizes, 0)}"] if sizes else []
    if epochs:
        words.append(f"{_range(epochs, 0)} epoch{'s' * (max(epochs) != 1)}")
    return "".join(f", {word}" for word in words)


def _milliseconds(record: RunRecord) -> float | str:
    latency = record.timing.latency
    if latency is None:
        return "the record was sealed before the time of a video was taken up in it"
    return 1000 * latency.median


def _token_milliseconds(record: RunRecord) -> float | str:
    latency = record.timing.latency
    if latency is None or latency.token_median is None:
        return "the record holds no time of a generated token"
    return 1000 * latency.token_median


def _about_latency(records: Sequence[RunRecord]) -> list[str]:
    found = _latencies(records)
    p90, mean = _range([1000 * one.p90 for one in found], 1), _range([1000 * one.mean for one in found], 1)
    tokens = [1000 * one.token for one in found if one.token is not None]
    per_token = f", {_range(tokens, 2)} ms a generated token" if tokens else ""
    return [
        _timed(records),
        f"per-video: 90th percentile {p90} ms, mean {mean} ms{per_token}; {_samples(found)}.",
    ]


def _about_tokens(records: Sequence[RunRecord]) -> list[str]:
    found = _latencies(records)
    p90 = [1000 * one.token_p90 for one in found if one.token_p90 is not None]
    mean = [1000 * one.token for one in found if one.token is not None]
    spread = f"90th percentile {_range(p90, 2)} ms, mean over all tokens {_range(mean, 2)} ms"
    return [_timed(records), f"per-token: {spread}; {_samples(found)}."]


def _latencies(records: Sequence[RunRecord]) -> list[Latency]:
    return [record.timing.latency for record in records if record.timing.latency is not None]


def _timed(records: Sequence[RunRecord]) -> str:
    return f"Timed {_machine(records[0])}, {records[0].dtype}."


def _samples(found: Sequence[Latency]) -> str:
    """How many values there are, and where these are fewer than there should be."""
    counts = (
        ([one.videos for one in found], "values", TIMED),
        ([one.warm_up for one in found], "left out as warm-up", WARM_UP),
    )
    return ", ".join(
        f"{_range(values, 0)} {what}" + f" (fewer than {wanted})" * (min(values) < wanted)
        for values, what, wanted in counts
    )


def _range(values: Sequence[float], digits: int) -> str:
    """`5.2`, or `5.2 to 5.6`."""
    texts = dict.fromkeys(f"{value:.{digits}f}" for value in (min(values), max(values)))
    return " to ".join(texts)


_FROM_RECORDS: Mapping[
    str, tuple[Callable[[RunRecord], float | str], Callable[[Sequence[RunRecord]], list[str]]]
] = {
    "training-hours": (_hours, _about_hours),
    "latency-ms": (_milliseconds, _about_latency),
    "latency-ms[per-token]": (_token_milliseconds, _about_tokens),
    **{name: (share(name), about_share(name)) for name in MEASUREMENTS if name.startswith("trainable-share")},
}
COSTS: Mapping[str, Cost] = {
    name: Cost(definition, *_FROM_RECORDS[name]) for name, definition in MEASUREMENTS.items()
}
"""Metric of a cost column → what it is."""
