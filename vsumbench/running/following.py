"""What the processes beside the first one do under `torchrun`: they make the same plan and train along."""

from __future__ import annotations

import tempfile
from pathlib import Path

from vsumbench.plugins import Plugins
from vsumbench.records.folder import safe_name

from .building import build_model, fold_context
from .fitting import train_fold, validation_score
from .plan import Plan, make_plan
from .processes import joining
from .request import RunRequest


class Quiet:
    """The first process reports for all."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Nothing is shown."""


def follow(request: RunRequest, plugins: Plugins) -> None:
    """Join the trainings of the first process until it is done; print nothing, and write nothing it keeps.

    The plan is made when the first fold is called: by then the first process has made its own, with every
    generated edition and file there, or has said why it cannot. The weights go when the training ends, since
    the first process saves them. Checkpoints are read from its folder, which `training` is told by it.

    Raises:
        SystemExit: something failed, here or in the first process, and has been said.
    """
    plan: Plan | None = None
    with joining() as folds:
        for name in folds:
            plan = plan or make_plan(request, plugins)
            _train_along(plan, plugins, name)


def _train_along(plan: Plan, plugins: Plugins, name: str) -> None:
    fold = next(fold for fold in plan.folds if fold.name == name)
    with tempfile.TemporaryDirectory(prefix=f"vsumbench-{safe_name(name)}-") as place:
        validate = validation_score(plan, plugins, fold)
        context = fold_context(plan, plugins, fold, Path(place), Quiet(), validate=validate)
        train_fold(plan, fold, build_model(plan.model, plugins, plan.composed.options, context), context)
