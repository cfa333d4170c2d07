"""Build a model with its context, and contain what it raises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..config.options import compose_options
from ..contracts import Context, Fold, Folders, Model, ModelSpec, Seeds, Selection
from ..contracts.context import Progress, Validate
from ..errors import MismatchError, PluginError, RunFailedError, VsumbenchError
from ..importing import one_line
from ..plugins import Plugins
from ..records.files import make_folder
from .plan import NO_SELECTION, Plan
from .samples import TestAnnotations


def fold_context(
    plan: Plan,
    plugins: Plugins,
    fold: Fold,
    folder: Path,
    progress: Progress,
    *,
    validate: Validate | None = None,
) -> Context:
    """The context of one fold. Seeds depend on seed, dataset and fold, never on the model."""
    return Context(
        device=plan.device,
        dtype=plan.request.dtype,
        seeds=Seeds(plan.request.seed).child(plan.dataset.id, plan.split_set, fold.name),
        folders=Folders(
            checkpoints=make_folder(folder / "checkpoints"), scratch=make_folder(folder / "scratch")
        ),
        progress=progress,
        options=plan.composed.options,
        selection=Selection.LAST_EPOCH if plan.selection == NO_SELECTION else Selection(plan.selection),
        validate=validate,
        annotations=TestAnnotations(plan.resolved.dataset, fold.test)
        if plan.model.uses_annotations
        else None,
        **requirements(plan.model, plugins, lambda: fold_context(plan, plugins, fold, folder, progress)),
    )


def build_model(spec: ModelSpec, plugins: Plugins, options: Any, context: Context) -> Model:
    """Import the implementation and call it.

    Raises:
        PluginError: it cannot be imported, or what it builds is no model.
        UnavailableError: an extra is not installed.
        RunFailedError: its constructor raised.
    """
    what = f"model {spec.id!r}"
    build = plugins.load(spec.implementation, what=what, extras=spec.extras)
    with contained(f"building {what}"):
        model = build(options, context)
    if not isinstance(model, Model):
        raise PluginError(
            f"{what}: {spec.implementation} built a {type(model).__name__}, which lacks summarize, save or load.",
            f"Run `vsumbench check {spec.id}`.",
        )
    return model


@contextmanager
def contained(what: str) -> Iterator[None]:
    """Let this project's errors through; anything else a plugin raises becomes a failed run with its cause."""
    try:
        yield
    except VsumbenchError:
        raise
    except Exception as error:
        raise RunFailedError(
            f"{what} raised {one_line(error)}.", "The traceback is in events.jsonl; --debug shows it here."
        ) from error


def requirements(model: ModelSpec, plugins: Plugins, context: Any) -> dict[str, Any]:
    """`context.model`, `.metric` and `.encoder`: only what the spec's `requires` names."""

    def allowed(kind: str, name: str, names: tuple[str, ...]) -> None:
        if name not in names:
            raise MismatchError(
                f"model {model.id!r} asked its context for {kind} {name!r}, which its spec does not require.",
                "Name it in ModelSpec.requires, so that it enters the prediction digest.",
            )

    def build(name: str) -> Model:
        allowed("model", name, model.requires.models)
        spec = plugins.model(name)
        return build_model(spec, plugins, compose_options(spec).options, context())

    def metric(name: str) -> Any:
        allowed("metric", name, model.requires.metrics)
        return plugins.load(plugins.metric(name).implementation, what=f"metric {name!r}")

    def encoder(name: str) -> Any:
        allowed("encoder", name, model.requires.encoders)
        spec = plugins.encoder(name)
        return plugins.load(spec.implementation, what=f"encoder {name!r}", extras=spec.extras)(context())

    return {"model": build, "metric": metric, "encoder": encoder}
