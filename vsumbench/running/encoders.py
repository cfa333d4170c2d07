"""Building encoders: for models that require one, and for metrics that see through one."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir
from typing import Any

from vsumbench.contracts import Context, Encoder, MetricSpec
from vsumbench.plugins import Plugins

from .choices import default_device
from .contexts import outside_a_run


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
    """What an encoder is built with to score: on the device scoring uses."""
    return outside_a_run(default_device(), Path(gettempdir()))


def on_scoring_device(metric: Any) -> Any:
    """A metric that computes with a model, on the device encoders score on; any other as it is."""
    on = getattr(metric, "on", None)
    return on(default_device()) if on else metric


def encoder_name(metric: MetricSpec) -> str:
    """The encoder a metric sees through: the one its spec names, with the first part of its argument."""
    argument = metric.argument.partition(",")[0].strip()
    return f"{metric.encoder}[{argument}]" if argument else metric.encoder
