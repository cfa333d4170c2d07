"""Building encoders: for models that require one, and for metrics that see through one."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir
from typing import Any, NoReturn

from vsumbench.contracts import Context, Encoder, Folders, MetricSpec, Seeds, Selection
from vsumbench.errors import MismatchError
from vsumbench.plugins import Plugins

from .choices import default_device


def build_encoder(plugins: Plugins, name: str, context: Context) -> Encoder:
    """The encoder `name` or `name[argument]`, built.

    Raises:
        UnknownNameError: nobody provides it.
        UnavailableError: a package or its weights are not there.
    """
    spec = plugins.encoder(name)
    build = plugins.load(spec.implementation, what=f"encoder {name!r}", extras=spec.extras)
    built: Encoder = build(context, spec.argument) if spec.takes else build(context)
    return built


def scoring_context() -> Context:
    """What an encoder is built with to score: the device scoring uses, float32, and nothing of a run."""
    folder = Path(gettempdir())
    return Context(
        device=default_device(),
        dtype="float32",
        seeds=Seeds(0),
        folders=Folders(checkpoints=folder, scratch=folder),
        progress=_Quiet(),
        options=None,
        selection=Selection.LAST_EPOCH,
        validate=None,
        annotations=None,
        model=_refuse,
        metric=_refuse,
        encoder=_refuse,
    )


class _Quiet:
    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Encoders that score report through the scoring run."""


def _refuse(name: str) -> NoReturn:
    raise MismatchError(f"an encoder that scores asked its context for {name!r}, which it cannot have.")


def on_scoring_device(metric: Any) -> Any:
    """A metric that computes with a model, on the device encoders score on; any other as it is."""
    on = getattr(metric, "on", None)
    return on(default_device()) if on else metric


def encoder_name(metric: MetricSpec) -> str:
    """The encoder a metric sees through: the one its spec names, with the first part of its argument."""
    argument = metric.argument.partition(",")[0].strip()
    return f"{metric.encoder}[{argument}]" if argument else metric.encoder
