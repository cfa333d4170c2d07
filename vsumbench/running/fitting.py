"""Train one fold, or take the weights an earlier start of the same run left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vsumbench.contracts import Context, Dataset, FitReport, Fold, Model, Summary, TrainableModel
from vsumbench.contracts.context import Validate
from vsumbench.errors import PluginError
from vsumbench.plugins import Plugins
from vsumbench.records.files import make_folder, replace_json

from .ablation import training_input
from .building import contained
from .evaluation import Evaluator
from .plan import Plan
from .samples import Samples

WEIGHTS = "weights"
REPORT = "fit.json"


def fitted_report(folder: Path) -> Mapping[str, Any] | None:
    """The report of a fold whose training has finished, or None. It is written after its weights."""
    path = folder / REPORT
    if not path.exists():
        return None
    report: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def fit_fold(plan: Plan, fold: Fold, model: Model, context: Context, folder: Path) -> None:
    """Train, save the selected weights, then the report that says so."""
    report = train_fold(plan, fold, model, context)
    with contained(_training(plan, fold)):
        # Weights of an interrupted save may be of other names.
        shutil.rmtree(folder / WEIGHTS, ignore_errors=True)
        model.save(make_folder(folder / WEIGHTS))
        replace_json(folder / REPORT, asdict(report) | {"fold": fold.name})


def train_fold(plan: Plan, fold: Fold, model: Model, context: Context) -> FitReport:
    """Train, and nothing else: what each of several processes does, of which one saves."""
    if not isinstance(model, TrainableModel):
        raise PluginError(
            f"model {plan.model.id!r} declares trainable=True but has no fit method.",
            "Mend its spec or its class.",
        )
    dataset = training_data(plan, fold)
    with contained(_training(plan, fold)):
        return model.fit(Samples(dataset, fold.train), Samples(dataset, fold.validation), context)


def _training(plan: Plan, fold: Fold) -> str:
    return f"training model {plan.model.id!r} on fold {fold.name!r}"


def training_data(plan: Plan, fold: Fold) -> Dataset:
    """What the model learns from and its checkpoint is chosen on: spoilt where the request says so."""
    return training_input(plan.offered, plan.request.ablate_input, plan.request.seed, fold)


def validation_score(plan: Plan, plugins: Plugins, fold: Fold) -> Validate | None:
    """Scores summaries of the validation samples by the setting's metric, higher is better."""
    if plan.select_by is None:
        return None
    protocol, metric = plan.select_by
    evaluator = Evaluator(training_data(plan, fold), protocol, (metric,), plugins)
    sign = 1.0 if metric.direction == "higher" else -1.0

    def validate(summaries: Sequence[Summary]) -> float:
        return sign * evaluator.fold_value(fold.validation, summaries, metric)

    return validate
