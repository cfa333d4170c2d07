"""Assemble the record of a finished run and write it last."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vsumbench.arguments import argument_of, short
from vsumbench.config.options import compose_options
from vsumbench.data.digests import sha256_file
from vsumbench.errors import VerificationError
from vsumbench.records.events import EventLog
from vsumbench.records.files import replace_file
from vsumbench.records.folder import RunFolder
from vsumbench.records.provenance import installed_versions
from vsumbench.records.record import (
    Coverage,
    DatasetFacts,
    ModelFacts,
    RunRecord,
    Score,
    SettingFacts,
)

from .costs import timing
from .fitting import fitted_report
from .plan import Plan


def seal(record: RunRecord, folder: RunFolder, scores: Sequence[Score]) -> RunRecord:
    """Write the record, with these scores: everything else is on disk, and its digests are in the record."""
    EventLog(folder.events).add("complete")
    lasting, timed = folder.digests()
    sealed = replace(
        record,
        status="complete" if scores else "predicted",
        scores=tuple(sorted(scores, key=lambda score: (score.protocol, score.metric))),
        files=lasting,
        timing=timing(folder, timed, record.setting.folds),
    )
    replace_file(folder.record, sealed.to_json())
    return sealed


def check_predictions(folder: RunFolder, record: RunRecord) -> None:
    """Refuse to add scores to predictions that are not the sealed ones.

    Raises:
        VerificationError: the file was changed or is gone.
    """
    there = folder.predictions.is_file()
    found = sha256_file(folder.predictions) if there else "no file"
    if found != record.files.get(folder.predictions.name):
        raise VerificationError(
            f"{folder.predictions} is {'not as it was sealed' if there else 'gone'}.",
            "Do not use this run; remove its folder and repeat it.",
        )


def unsealed_record(plan: Plan, digest: str, identity: Mapping[str, Any], folder: RunFolder) -> RunRecord:
    """The facts of a run whose predictions are complete; scores, files and times are added by `seal`.

    Digests are those of the identity that named the run: source, data and weights are not read again.
    """
    reports = [*_reports(plan, folder)]
    return RunRecord(
        run=folder.path.name,
        status="predicted",
        prediction_digest=digest,
        model=ModelFacts(
            id=plan.model.id,
            title=plan.model.title,
            variant=plan.variant.id if plan.variant else None,
            preset=plan.preset.id if plan.preset else None,
            options=plan.composed.values,
            distribution=plan.model_entry.distribution,
            version=plan.model_entry.version,
            source_digest=identity["model"]["source"],
            trainable=plan.model.trainable,
            reference_row=plan.model.uses_annotations,
            baseline=plan.model.baseline,
            set_by_hand=_set_by_hand(plan),
            ablated=plan.request.ablate_input,
            weights=identity["model"]["weights"],
        ),
        dataset=DatasetFacts(
            id=plan.dataset.id,
            title=plan.dataset.title,
            edition=plan.resolved.edition.id,
            edition_version=plan.resolved.edition.version,
            fingerprint=identity["data"]["fingerprint"],
            distribution=plan.dataset_entry.distribution,
            version=plan.dataset_entry.version,
            features={feature.name: feature.extractor for feature in plan.features},
        ),
        setting=SettingFacts(
            split_set=plan.split_set,
            split_digest=plan.split_digest,
            selection=plan.selection,
            folds=len(plan.folds),
            selected_by=_selected_by(plan, reports),
        ),
        tasks=tuple(task.value for task in plan.model.tasks),
        seed=plan.request.seed,
        repetitions=plan.repetitions,
        device=plan.device,
        dtype=plan.request.dtype,
        coverage=Coverage(
            evaluated=len(plan.test_ids),
            official=plan.official,
            missing=tuple(sorted(plan.missing)),
            missing_training=plan.missing_training,
        ),
        evidence=_evidence(plan),
        scores=(),
        versions=installed_versions(
            ("vsumbench", plan.model_entry.distribution, plan.dataset_entry.distribution)
        ),
        command=command(plan),
        files={},
        fit=tuple(map(_without_times, reports)),
    )


def _selected_by(plan: Plan, reports: Sequence[Mapping[str, Any]]) -> str:
    """What chose the checkpoint; empty where none did, as of a model that has no epochs to choose from."""
    if plan.select_by is None or not any(report["selected_epoch"] for report in reports):
        return ""
    # A training that an earlier version left unscored has no such key.
    own = dict.fromkeys(report.get("selected_by", "") for report in reports)
    metric = "/".join(spec.id for spec in plan.select_by)
    return ", ".join(name or metric for name in own)


def _set_by_hand(plan: Plan) -> tuple[str, ...]:
    """Options given by the user that differ from the variant's and preset's: not the published form."""
    own = compose_options(plan.model, variant=plan.variant, preset=plan.preset).values
    return tuple(sorted(name for name, value in plan.composed.values.items() if own[name] != value))


def command(plan: Plan) -> str:
    """The command that repeats this run, without the folders of this machine."""
    request = plan.request
    words = ["vsumbench", "run", "--model", request.model, "--dataset", request.dataset]
    words += ["--edition", plan.resolved.edition.id, "--split-set", plan.split_set]
    if plan.preset:
        words += ["--preset", plan.preset.id]
    if plan.model.trainable:
        words += ["--selection", plan.selection]
    if request.select_by:
        words += ["--select-by", request.select_by]
    for override in request.overrides:
        words += ["--set", override]
    if request.options_file:
        words += ["--options", request.options_file.name]
    words += ["--seed", str(request.seed)]
    if request.dtype != "float32":
        words += ["--dtype", request.dtype]
    if request.device != "auto":
        words += ["--device", plan.device.partition(":")[0]]
    if plan.repetitions != plan.model.repetitions:
        words += ["--repetitions", str(plan.repetitions)]
    for protocol in request.protocols:
        words += ["--protocol", protocol]
    for name in dict.fromkeys(request.features):
        words += ["--features", _without_folders(name)]
    if request.ablate_input:
        words += ["--ablate-input", request.ablate_input]
    if request.metrics:
        words += ["--metrics", ",".join(request.metrics)]
    return shlex.join(words)


def _without_folders(name: str) -> str:
    """`name[argument]` with the last part alone of a path of this machine; an id on a hub stays whole."""
    argument = argument_of(name)
    if argument is None:
        return name
    parts = [short(part) if _is_path(part) else part for part in argument.split(",")]
    return f"{name.partition('[')[0]}[{','.join(parts)}]"


def _is_path(part: str) -> bool:
    path = Path(part.strip()).expanduser()
    return path.is_absolute() or path.exists()


def _evidence(plan: Plan) -> Any:
    if plan.resolved.edition.generated:
        return "planted"
    complete = len(plan.test_ids) >= plan.official and not plan.missing_training
    whole = plan.resolved.edition.id != "sample" and complete
    return "full" if whole else "sample"


def _reports(plan: Plan, folder: RunFolder) -> Iterator[Mapping[str, Any]]:
    for fold in plan.folds:
        report = fitted_report(folder.fold(fold.name))
        if report is not None:
            yield report


def _without_times(report: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: report[key] for key in ("fold", "epochs", "selected_epoch", "facts")}


def request_content(plan: Plan, digest: str, identity: Mapping[str, Any]) -> dict[str, Any]:
    """What `request.json` holds: enough to score and verify again, and what the digest was made of."""
    request = plan.request
    content = {
        "prediction_digest": digest,
        "model": request.model,
        "dataset": request.dataset,
        "edition": plan.resolved.edition.id,
        "preset": plan.preset.id if plan.preset else "auto",
        "split_set": plan.split_set,
        "selection": plan.selection,
        "select_by": request.select_by,
        "protocols": [column.protocol.id for column in plan.columns],
        "metrics": list(request.metrics),
        "options": dict(plan.composed.values),
        "origins": dict(plan.composed.origins),
        "seed": request.seed,
        "repetitions": plan.repetitions,
        "device": plan.device,
        "dtype": request.dtype,
        "features": list(request.features),
        "ablate_input": request.ablate_input,
        "data_root": str(request.data_root.resolve()) if request.data_root else None,
        "identity": identity,
        "notices": list(plan.notices),
    }
    decoded: dict[str, Any] = json.loads(json.dumps(content, default=str))
    return decoded
