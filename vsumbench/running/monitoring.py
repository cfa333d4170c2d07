"""Which protocol and metric choose a checkpoint, under selection rules that look at samples."""

from __future__ import annotations

from vsumbench.contracts import DatasetSpec, EditionSpec, MetricSpec, ModelSpec, ProtocolSpec
from vsumbench.errors import MismatchError
from vsumbench.plugins import Plugins

from .matching import choose_columns


def monitored(
    plugins: Plugins, model: ModelSpec, dataset: DatasetSpec, edition: EditionSpec, asked: str = ""
) -> tuple[ProtocolSpec, MetricSpec]:
    """The protocol and metric that score validation samples. What is asked to be reported plays no part.

    A model that wraps another one learns as that does: by what scores the wrapped one.

    `asked` is a metric the user names; it goes before the model's `monitor`. Without either these are the
    first default protocol that fits the model, and its first metric. With a metric named, the first default
    protocol that is reported with the metric, else the first that yields what it compares.

    Raises:
        UnknownMetricError: nobody provides the metric that is named.
        MismatchError: no default protocol fits the model, or none can compute the metric.
    """
    if model.wraps:
        return monitored(plugins, plugins.wrapped(model), dataset, edition, asked)
    columns, _ = choose_columns(plugins, model, dataset, edition, (), ())
    named = asked or model.monitor
    if not named:
        return columns[0].protocol, columns[0].metrics[0]
    metric = plugins.metric(named)
    for column in columns:
        if metric in column.metrics:
            return column.protocol, metric
    for column in columns:
        if column.protocol.serves(metric.needs):
            return column.protocol, metric
    protocols = ", ".join(repr(column.protocol.id) for column in columns)
    who = "--select-by names" if asked else f"model {model.id!r} chooses its checkpoint by"
    raise MismatchError(
        f"{who} {metric.id!r}, which compares {metric.needs.value}; the default "
        f"protocols of {dataset.id!r} that fit {model.id!r} ({protocols}) do not yield that.",
        "Name another metric, or leave it out."
        if asked
        else "Use `--selection last-epoch`, or another dataset.",
    )
