"""Build a model with its context, and contain what it raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from vsumbench.config.options import required_options
from vsumbench.contracts import Context, Fold, Folders, Model, ModelSpec, Seeds, Selection
from vsumbench.contracts.context import Progress, Validate
from vsumbench.errors import DiskFullError, MismatchError, PluginError, RunFailedError, VsumbenchError
from vsumbench.importing import one_line
from vsumbench.plugins import Plugins
from vsumbench.records.files import DISK_FULL, make_folder

from .encoders import build_encoder
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
    """The context of one fold. Seeds depend on seed, dataset and fold, never on the model.

    Nothing in it leads to the opened dataset, but for `validate`, which `fit` alone is given, and the
    annotations of a reference row that declares them.
    """
    context = Context(
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
        **requirements(plan.model, plugins, lambda: context, plan.preset.id if plan.preset else ""),
    )
    return context


def build_model(spec: ModelSpec, plugins: Plugins, options: Any, context: Context) -> Model:
    """Import the implementation and call it.

    Raises:
        PluginError: it cannot be imported, or what it builds is no model.
        UnavailableError: an extra is not installed.
        RunFailedError: its constructor raised.
    """
    what = f"model {spec.id!r}"
    build = plugins.builder(spec)
    with contained(f"building {what}"):
        model = build(options, context)
    if not isinstance(model, Model):
        raise PluginError(
            f"{what}: {spec.implementation} built a {type(model).__name__}, which lacks summarize, save or "
            "load.",
            f"Run `vsumbench check {spec.id}`.",
        )
    return model


@contextmanager
def contained(what: str, logged: bool = True) -> Iterator[None]:
    """Let this project's errors through; anything else a plugin raises becomes a failed run with its cause.

    A full disk is a full disk, whoever met it. `logged`: an event log takes the traceback.
    """
    try:
        yield
    except VsumbenchError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise DiskFullError(
                f"The disk is full: {what} could not write.",
                "Free some space and repeat the command; what was written before is kept.",
            ) from error
        where = "The traceback is in events.jsonl; --debug shows it here." if logged else "See --debug."
        raise RunFailedError(f"{what} raised {one_line(error)}.", where) from error


def requirements(
    model: ModelSpec, plugins: Plugins, context: Callable[[], Context], preset: str
) -> dict[str, Any]:
    """`context.model`, `.metric` and `.encoder`: only what the spec's `requires` names.

    A required model gets its own requirements and `required_options`, in the fold of who asks for it.

    Args:
        model: who asks.
        plugins: where the names are looked up.
        context: that of `model`, once it is there.
        preset: that of `model`, or empty.
    """

    def allowed(kind: str, name: str, names: tuple[str, ...]) -> None:
        if name not in names:
            raise MismatchError(
                f"model {model.id!r} asked its context for {kind} {name!r}, which its spec does not require.",
                "Name it in ModelSpec.requires, so that it enters the prediction digest.",
            )

    def build(name: str) -> Model:
        allowed("model", name, model.requires.models)
        spec = plugins.model(name)
        asking, options = context(), required_options(spec, preset).options
        own = replace(
            asking,
            options=options,
            validate=None,
            annotations=asking.annotations if spec.uses_annotations else None,
            **requirements(spec, plugins, lambda: own, preset),
        )
        return build_model(spec, plugins, options, own)

    def metric(name: str) -> Any:
        allowed("metric", name, model.requires.metrics)
        return plugins.load(plugins.metric(name).implementation, what=f"metric {name!r}")

    def encoder(name: str) -> Any:
        allowed("encoder", name, model.requires.encoders)
        return build_encoder(plugins, name, context())

    return {"model": build, "metric": metric, "encoder": encoder}
