"""Which protocol and metric choose a checkpoint, under selection rules that look at samples."""

from __future__ import annotations

from vsumbench.contracts import DatasetSpec, EditionSpec, MetricSpec, ModelSpec, ProtocolSpec
from vsumbench.errors import MismatchError
from vsumbench.plugins import Plugins

from .matching import choose_columns


def monitored(
    plugins: Plugins, model: ModelSpec, dataset: DatasetSpec, edition: EditionSpec
) -> tuple[ProtocolSpec, MetricSpec]:
    """The protocol and metric that score validation samples. What is asked to be reported plays no part.

    Without `monitor` these are the first default protocol that fits the model, and its first metric. With it,
    the first default protocol that is reported with the metric, else the first that yields what it compares.

    Raises:
        UnknownMetricError: nobody provides the metric the model names.
        MismatchError: no default protocol fits the model, or none can compute the metric.
    """
    columns, _ = choose_columns(plugins, model, dataset, edition, (), ())
    if not model.monitor:
        return columns[0].protocol, columns[0].metrics[0]
    metric = plugins.metric(model.monitor)
    for column in columns:
        if metric in column.metrics:
            return column.protocol, metric
    for column in columns:
        if column.protocol.serves(metric.needs):
            return column.protocol, metric
    protocols = ", ".join(repr(column.protocol.id) for column in columns)
    raise MismatchError(
        f"model {model.id!r} chooses its checkpoint by {metric.id!r}, which compares {metric.needs.value}; "
        f"the default protocols of {dataset.id!r} that fit it ({protocols}) do not yield that.",
        "Use `--selection last-epoch`, or another dataset.",
    )
