"""Run a plan: folds fitted and summarized, then scored, then sealed. Any step may be the one that resumes."""

from __future__ import annotations

import os
import shutil
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from vsumbench.contracts import Context, Fold
from vsumbench.errors import VsumbenchError
from vsumbench.hooks import Hooks
from vsumbench.plugins import Plugins
from vsumbench.records.events import EventLog
from vsumbench.records.files import make_folder, replace_json
from vsumbench.records.folder import RunFolder, safe_name
from vsumbench.records.predictions import keep_complete_videos
from vsumbench.records.provenance import environment
from vsumbench.records.record import RunRecord, load_record

from .ablation import shown_input
from .building import build_model, contained, fold_context
from .costs import machine, peak_memory
from .featured import ensure_features
from .fitting import WEIGHTS, fit_fold, fitted_report, validation_score
from .identity import prediction_digest, prediction_identity
from .plan import Plan, make_plan
from .predicting import summarize_fold
from .processes import leading, together, world
from .readiness import check_storage
from .reporting import Reporter, stage_progress
from .request import RunRequest
from .samples import open_videos
from .scoring_run import Predicted, missing_columns, refuse_unavailable, score_columns, with_new_scores
from .sealing import check_predictions, request_content, seal, unsealed_record
from .weights_making import ensure_weights


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the sealed record, where it is, and whether anything had to be done."""

    record: RunRecord
    folder: Path
    state: Literal["sealed", "already sealed", "scored again"]


@leading()
def run(request: RunRequest, plugins: Plugins, reporter: Reporter) -> Outcome:
    """Resolve and execute a request. Of several processes, this is for the first one.

    Raises:
        VsumbenchError: what went wrong, with an exit code; the run folder keeps what was computed, and its
            event log the traceback.
    """
    plan = make_plan(request, plugins, stage_progress(f"make {request.dataset}", reporter.advance))
    for line in plan.notices:
        reporter.notice(line)
    return execute(plan, plugins, reporter)


def execute(plan: Plan, plugins: Plugins, reporter: Reporter) -> Outcome:
    """Execute a plan in its run folder, or say that it is sealed already.

    Weights that can be made here and are not there are made first: the digest of a run names their content.
    """
    check_storage(plan.request.runs)
    ensure_weights(plan.model, plan.preset, plugins, reporter)
    identity = prediction_identity(plan, plugins)
    digest = prediction_digest(identity)
    folder = run_folder(plan, digest)
    with folder.locked():
        if folder.sealed:
            record = load_record(folder.path)
            check_predictions(folder, record)
            missing = [] if plan.request.predict_only else missing_columns(plan.columns, record, plugins)
            if not missing:
                return Outcome(record, folder.path, "already sealed")
            state: Literal["sealed", "scored again"] = "scored again" if record.scores else "sealed"
        else:
            record, missing, state = None, list(plan.columns), "sealed"
        events = EventLog(folder.events)
        hooks = plugins.hooks()
        try:
            if record is None:
                _begin(plan, digest, identity, folder, events, hooks)
                hooks.notify("run_started", run=folder.path.name, folder=folder.path)
                ensure_features(plan, reporter)
                # What a killed run left of a line, or of a video, is never taken for whole.
                done = keep_complete_videos(folder.predictions)
                _predict(plan, plugins, folder, done, events, reporter)
            if plan.request.predict_only:
                missing = []
            predicted = Predicted(
                folder.predictions, digest, plan.resolved.dataset, plan.folds, plan.repetitions
            )
            scores = score_columns(predicted, plugins, missing, folder, reporter.advance)
            facts = record or unsealed_record(plan, digest, identity, folder)
            sealed = seal(facts, folder, with_new_scores(facts.scores, scores))
        except BaseException as error:
            record_failure(events, error)
            hooks.notify("run_failed", run=folder.path.name, folder=folder.path, error=error)
            raise
        hooks.notify("record_sealed", record=sealed, folder=folder.path)
    refuse_unavailable(plan.columns, sealed.scores)
    return Outcome(sealed, folder.path, state)


def run_folder(plan: Plan, digest: str) -> RunFolder:
    """The folder of a prediction digest: readable, and different whenever the digest is."""
    model = plan.model.id + (f"@{plan.variant.id}" if plan.variant else "")
    return RunFolder(plan.request.runs / f"{safe_name(model)}-{safe_name(plan.dataset.id)}-{digest[:12]}")


def _begin(
    plan: Plan, digest: str, identity: dict[str, Any], folder: RunFolder, events: EventLog, hooks: Hooks
) -> None:
    if folder.environment.exists():
        events.add("resumed", process=os.getpid())
        return
    replace_json(folder.request, request_content(plan, digest, identity))
    events.add("started", process=os.getpid(), prediction_digest=digest)
    for line in plan.notices:
        events.add("notice", text=line)
    replace_json(folder.environment, environment(hooks.collect("environment_facts")))


def _predict(
    plan: Plan,
    plugins: Plugins,
    folder: RunFolder,
    done: set[tuple[str, int, str]],
    events: EventLog,
    reporter: Reporter,
) -> None:
    hooks = plugins.hooks()
    shown = shown_input(plan.offered, plan.request.ablate_input, plan.request.seed)
    for fold in plan.folds:
        todo = [
            (repetition, [v for v in fold.test if (fold.name, repetition, v) not in done])
            for repetition in range(plan.repetitions)
        ]
        todo = [(repetition, ids) for repetition, ids in todo if ids]
        report = fitted_report(folder.fold(fold.name))
        if not todo and (report is not None or not plan.model.trainable):
            continue
        place = make_folder(folder.fold(fold.name))
        if plan.model.trainable and report is None:
            continued = any((place / "checkpoints").glob("*"))
            begun = time.monotonic()
            _fit(plan, plugins, fold, place, reporter)
            seconds = round(time.monotonic() - begun, 3)
            took = {"seconds": seconds, "processes": world(), "continued": continued}
            events.add("fitted", fold=fold.name, **took, **_measured_on(plan.device))
        # Always a new model with the saved weights, so that a resumed run summarizes with the very same ones,
        # and nothing that saw annotations is left in it.
        context = fold_context(plan, plugins, fold, place, reporter)
        model = build_model(plan.model, plugins, plan.composed.options, context)
        if plan.model.trainable:
            with contained(f"loading the weights of model {plan.model.id!r}"):
                model.load(place / WEIGHTS)
        total = len(fold.test) * plan.repetitions
        count = total - sum(len(ids) for _, ids in todo)
        for repetition, ids in todo:
            seeded = _for_repetition(context, repetition)

            def written(video_id: str, fold: Fold = fold, total: int = total) -> None:
                nonlocal count
                count += 1
                reporter.advance(f"summarize {fold.name}", count, total)
                hooks.notify(
                    "sample_predicted",
                    run=folder.path.name,
                    fold=fold.name,
                    video_id=video_id,
                    done=count,
                    total=total,
                )

            videos = open_videos(shown, ids)
            what = f"model {plan.model.id!r}"
            summarize_fold(model, what, fold, repetition, videos, seeded, folder, written)
        events.add("summarized", fold=fold.name, **_measured_on(plan.device))
        shutil.rmtree(place / "scratch", ignore_errors=True)


def _fit(plan: Plan, plugins: Plugins, fold: Fold, place: Path, reporter: Reporter) -> None:
    validate = validation_score(plan, plugins, fold)
    context = fold_context(plan, plugins, fold, place, reporter, validate=validate)
    with together(fold.name, plan.device):
        fit_fold(plan, fold, build_model(plan.model, plugins, plan.composed.options, context), context, place)


def _measured_on(device: str) -> dict[str, Any]:
    """The machine, and the most memory held on it so far."""
    return {"machine": machine(device), **peak_memory(device)}


def _for_repetition(context: Context, repetition: int) -> Context:
    return replace(context, seeds=context.seeds.child("repetition", repetition))


def record_failure(events: EventLog, error: BaseException) -> None:
    """Log what stopped a run, with its traceback."""
    facts: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if not isinstance(error, (KeyboardInterrupt, SystemExit)):
        facts["traceback"] = traceback.format_exception(error)
    try:
        events.add("interrupted" if isinstance(error, KeyboardInterrupt) else "failed", **facts)
    except VsumbenchError:
        # The disk that could not take the result cannot take the news either; the first error is the one to
        # show.
        return
