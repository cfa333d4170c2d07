"""Score the stored predictions of an old run without its model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsumbench.arguments import without_aggregate
from vsumbench.contracts import DatasetSpec, EditionSpec, Fold, MetricSpec, ProtocolSpec
from vsumbench.errors import MismatchError, RecordError
from vsumbench.plugins import Plugins
from vsumbench.records.events import EventLog
from vsumbench.records.folder import RunFolder
from vsumbench.records.record import RunRecord, load_record

from .editions import find_edition
from .matching import Column, columns_of, data_misfit, protocol_named
from .pipeline import Outcome, record_failure
from .reporting import Reporter
from .scoring_run import (
    Predicted,
    missing_columns,
    refuse_unavailable,
    score_columns,
    with_new_scores,
)
from .sealing import check_predictions, seal


@dataclass(frozen=True)
class OldRun:
    """A sealed run with its dataset opened again.

    `other_data`: the files that are here are not those it was made on.
    """

    folder: RunFolder
    record: RunRecord
    request: dict[str, Any]
    dataset: DatasetSpec
    edition: EditionSpec
    predicted: Predicted
    other_data: bool = False


def open_run(path: Path, plugins: Plugins, data_root: Path | None, *, same_data: bool = True) -> OldRun:
    """Open a sealed run and the data it was made on; without `same_data`, whichever of the edition are here.

    Raises:
        RecordError: not a sealed run.
        DataMissingError: the data are not there.
        MismatchError: the data there are not those of the run.
    """
    folder = RunFolder(path)
    record = load_record(path)
    try:
        request = json.loads(folder.request.read_text(encoding="utf-8"))
        folds = tuple(
            Fold(name, tuple(train), tuple(test), tuple(validation))
            for name, train, validation, test in request["identity"]["setting"]["folds"]
        )
        dataset = str(request["dataset"])
        recorded = Path(request["data_root"]) if request["data_root"] else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(
            f"{folder.request} cannot be read: {error!r}.", "The run folder was changed; repeat the run."
        ) from None
    spec = plugins.dataset(dataset)
    # A run that came from another machine is scored with the data of this one.
    named = data_root or (recorded if recorded and recorded.is_dir() else None)
    resolved = find_edition(plugins, spec, record.dataset.edition, named)
    fingerprint = resolved.dataset.fingerprint()
    other_data = fingerprint != record.dataset.fingerprint
    if other_data and same_data:
        raise MismatchError(
            f"{resolved.folder} holds other data of {spec.id!r} than this run was made on "
            f"(fingerprint {fingerprint[:12]}, recorded {record.dataset.fingerprint[:12]}).",
            "Give the data root of the run with --data-root.",
        )
    predicted = Predicted(
        folder.predictions, record.prediction_digest, resolved.dataset, folds, record.repetitions
    )
    return OldRun(folder, record, request, spec, resolved.edition, predicted, other_data)


def score_run(
    path: Path,
    plugins: Plugins,
    reporter: Reporter,
    *,
    protocols: Sequence[str] = (),
    metrics: Sequence[str] = (),
    data_root: Path | None = None,
) -> Outcome:
    """Add scores to a sealed run. Without names: those its request asked for."""
    old = open_run(path, plugins, data_root)
    columns = asked_columns(old, plugins, protocols, metrics)
    for column in columns:
        check_protocol(column.protocol, old)
    with old.folder.locked():
        # Read again: another process may have added scores before this one held the folder.
        record = load_record(path)
        check_predictions(old.folder, record)
        missing = missing_columns(columns, record, plugins)
        if not missing:
            return Outcome(record, path, "already sealed")
        try:
            scores = score_columns(old.predicted, plugins, missing, old.folder, reporter.advance)
            record = seal(record, old.folder, with_new_scores(record.scores, scores))
        except BaseException as error:
            record_failure(EventLog(old.folder.events), error)
            raise
    plugins.hooks().notify("record_sealed", record=record, folder=path)
    refuse_unavailable(columns, record.scores)
    return Outcome(record, path, "scored again")


def asked_columns(
    old: OldRun, plugins: Plugins, protocols: Sequence[str], metrics: Sequence[str]
) -> list[Column]:
    """The columns of these names; without names those of the run's request.

    Raises:
        MismatchError: no name was given, and the run was made for no protocol; or as `columns_of`.
        UnknownNameError: nobody provides one of them.
    """
    names = list(protocols) or old.request["protocols"]
    if not names:
        raise MismatchError(
            f"run {old.record.run} was made for no protocol: none of the default ones of {old.dataset.id!r} "
            f"({', '.join(old.dataset.default_protocols)}) could be computed on edition {old.edition.id!r}.",
            f"Name one with --protocol, or bring references of your own: `vsumbench score "
            f"{old.folder.predictions} --references FILE --protocol NAME`.",
        )
    wanted = list(metrics) or ([] if protocols else old.request["metrics"])
    return columns_of(plugins, [protocol_named(plugins, name) for name in names], wanted)


def recorded_columns(old: OldRun, plugins: Plugins) -> list[Column]:
    """The columns of a record, for which specs must still be installed at the recorded versions.

    Raises:
        MismatchError: an installed protocol or metric has another version than the record's.
    """
    # A column names the last part of a path; the request has the whole.
    asked = {metric.id: metric for metric in map(plugins.metric, old.request["metrics"])}
    chosen: dict[str, tuple[ProtocolSpec, dict[str, MetricSpec]]] = {}
    for score in old.record.scores:
        protocol = plugins.protocol(score.protocol)
        name = without_aggregate(score.metric)
        metric = asked.get(name) or plugins.metric(name)
        for spec, version in ((protocol, score.protocol_version), (metric, score.metric_version)):
            if spec.version != version:
                raise MismatchError(
                    f"the run was scored with version {version} of {spec.id!r}; version {spec.version} is "
                    "installed.",
                    f"Score it again: vsumbench score {old.folder.path} --protocol {protocol.id}.",
                )
        chosen.setdefault(protocol.id, (protocol, {}))[1][metric.id] = metric
    return [Column(protocol, tuple(metrics.values())) for protocol, metrics in chosen.values()]


def check_protocol(protocol: ProtocolSpec, old: OldRun) -> None:
    """Refuse a protocol that the run's data, or the model's task, cannot serve.

    Raises:
        MismatchError: what was needed, and what is there.
    """
    if problem := data_misfit(protocol, old.dataset, old.edition):
        raise problem
    if protocol.task.value not in old.record.tasks:
        raise MismatchError(
            f"protocol {protocol.id!r} evaluates {protocol.task.value}; run {old.record.run} is of "
            f"{old.record.model.id!r}, which does {', '.join(old.record.tasks)}.",
            "Name another protocol with --protocol; see `vsumbench list protocols`.",
        )
