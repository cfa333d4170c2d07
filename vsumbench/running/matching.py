"""Do model, edition, protocol and metric fit together? If not: what was needed, what is offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from vsumbench.contracts import (
    ANY_FEATURE,
    DatasetSpec,
    EditionSpec,
    FeatureSpec,
    Inputs,
    MetricSpec,
    ModelSpec,
    ProtocolSpec,
    Provides,
)
from vsumbench.entrypoints import Kind
from vsumbench.errors import MismatchError, UnknownNameError, UsageError
from vsumbench.importing import split_file
from vsumbench.plugins import Plugins


@dataclass(frozen=True)
class Column:
    """One protocol with the metrics to report; `required` if the user named the metrics."""

    protocol: ProtocolSpec
    metrics: tuple[MetricSpec, ...]
    required: bool = False


def check_inputs(model: ModelSpec, dataset: DatasetSpec, edition: EditionSpec) -> None:
    """Refuse a model that reads what the edition does not have.

    Raises:
        MismatchError: naming what is needed and what the edition holds.
    """
    if not model.inputs:
        return
    gaps = [_missing_inputs(inputs, edition.provides) for inputs in model.inputs]
    if not all(gaps):
        return
    needs = ", or ".join(" and ".join(gap) for gap in gaps)
    hint = _other_editions(
        dataset, edition, lambda e: any(not _missing_inputs(i, e.provides) for i in model.inputs)
    )
    if edition.provides.frames and any(inputs.features for inputs in model.inputs):
        hint += " Or extract it from the frames with --features; see `vsumbench list extractors`."
    raise MismatchError(
        f"model {model.id!r} needs {needs}; dataset {dataset.id!r}, edition {edition.id!r}, has "
        f"{_holdings(edition.provides) or 'no model inputs'}.",
        hint,
    )


def choose_columns(
    plugins: Plugins,
    model: ModelSpec,
    dataset: DatasetSpec,
    edition: EditionSpec,
    protocols: Sequence[str],
    metrics: Sequence[str],
    *,
    predict_only: bool = False,
    narrowed: bool = False,
) -> tuple[list[Column], list[str]]:
    """The protocols and metrics to report, and lines about defaults that had to be left out.

    There may be none of them where predictions alone are asked for. Of a variant that does less than its
    model (`narrowed`), what was asked for and is of another task is left out likewise, so that one command
    can ask for everything of all variants; if nothing is left, it is refused.

    Raises:
        UnknownNameError: a name nobody provides.
        MismatchError: a protocol that model, dataset or edition cannot serve, or a metric no protocol yields
            for.
    """
    notices: list[str] = []
    chosen: list[ProtocolSpec] = []
    other_tasks: list[ProtocolSpec] = []
    for name in protocols or dataset.default_protocols:
        try:
            protocol = protocol_named(plugins, name)
        except UnknownNameError as error:
            if protocols:
                raise
            notices.append(f"default protocol {name!r} is left out: {error}")
            continue
        problem = model_misfit(protocol, model) or data_misfit(protocol, dataset, edition)
        if problem is None:
            chosen.append(protocol)
        elif narrowed and protocol.task not in model.tasks:
            other_tasks.append(protocol)
            if protocols:
                notices.append(f"protocol {protocol.id!r} is left out: {problem.message}")
        elif protocols:
            raise problem
        elif protocol.task in model.tasks:
            notices.append(f"default protocol {protocol.id!r} is left out: {problem.message}")
    if not chosen and not predict_only:
        reason = (
            notices[0]
            if notices
            else f"none of {', '.join(dataset.default_protocols)} evaluates one of its tasks."
        )
        raise MismatchError(
            f"model {model.id!r} on dataset {dataset.id!r}, edition {edition.id!r}: no protocol applies: "
            f"{reason}",
            "Name one with --protocol; see `vsumbench list protocols`. With --predict-only none is needed.",
        )
    of_others = [
        name for name in metrics if _serves(plugins, other_tasks, name) and not _serves(plugins, chosen, name)
    ]
    if chosen and len(of_others) < len(metrics):
        notices += [
            f"metric {name!r} is left out: it is of a task this variant does not do." for name in of_others
        ]
        metrics = [name for name in metrics if name not in of_others]
    return columns_of(plugins, chosen, metrics), notices


def _serves(plugins: Plugins, protocols: Sequence[ProtocolSpec], metric: str) -> bool:
    return any(protocol.serves(plugins.metric(metric).needs) for protocol in protocols)


def protocol_named(plugins: Plugins, name: str) -> ProtocolSpec:
    """The protocol of a name, or of its long form: `peruser-2fps` of `tvsum/peruser-2fps`.

    A name that somebody provides as it is, and a spec's path, stay whole.

    Raises:
        UnknownProtocolError: nobody provides it.
    """
    if split_file(name) or Kind.PROTOCOL in plugins.kinds_of(name):
        return plugins.protocol(name)
    return plugins.protocol(name.rpartition("/")[2])


def columns_of(plugins: Plugins, protocols: Sequence[ProtocolSpec], metrics: Sequence[str]) -> list[Column]:
    """Each protocol with the metrics named that it yields for; without names, with its own.

    Raises:
        UnknownMetricError: no such metric.
        MismatchError: a metric none of the protocols yields for.
        UsageError: two metrics that would be one column.
    """
    asked = [plugins.metric(name) for name in metrics]
    _check_distinct(asked)
    columns = []
    for protocol in {protocol.id: protocol for protocol in protocols}.values():
        own = [metric for metric in asked if protocol.serves(metric.needs)]
        if not asked:
            own = [plugins.metric(name) for name in protocol.metrics]
        if own:
            columns.append(Column(protocol, tuple(dict.fromkeys(own)), bool(asked)))
    for metric in asked:
        if not any(metric in column.metrics for column in columns):
            names = ", ".join(repr(protocol.id) for protocol in protocols)
            others = [one.id for one in plugins.specs(Kind.PROTOCOL)[0] if one.serves(metric.needs)]
            raise MismatchError(
                f"metric {metric.id!r} compares {metric.needs.value}, which {names} "
                f"{'does' if len(protocols) == 1 else 'do'} not yield.",
                f"Protocols that do: {', '.join(others)}." if others else "See `vsumbench list protocols`.",
            )
    return columns


def _check_distinct(metrics: Sequence[MetricSpec]) -> None:
    """Refuse two arguments of one metric that its column would call by the same name."""
    seen: dict[str, MetricSpec] = {}
    for metric in metrics:
        other = seen.setdefault(metric.id, metric)
        if other != metric:
            raise UsageError(
                f"{other.asked!r} and {metric.asked!r} would both be the column {metric.id!r}.",
                "Ask for them in two commands, or give one of the folders another name.",
            )


def model_misfit(protocol: ProtocolSpec, model: ModelSpec) -> MismatchError | None:
    """Why a protocol cannot evaluate a model, or None."""
    if protocol.task not in model.tasks:
        tasks = ", ".join(task.value for task in model.tasks)
        return MismatchError(
            f"protocol {protocol.id!r} evaluates {protocol.task.value}; model {model.id!r} does {tasks}.",
            "See `vsumbench list protocols`.",
        )
    if protocol.predicts == "annotator" and not model.uses_annotations:
        return MismatchError(
            f"protocol {protocol.id!r} compares annotators with each other; {model.id!r} is none of them.",
            "Use `--protocol peruser-full` for a model's own scores.",
        )
    return None


def data_misfit(protocol: ProtocolSpec, dataset: DatasetSpec, edition: EditionSpec) -> MismatchError | None:
    """Why a protocol cannot be computed on an edition of a dataset, or None."""
    if protocol.datasets and dataset.id not in protocol.datasets:
        return MismatchError(
            f"protocol {protocol.id!r} is for {', '.join(protocol.datasets)}, not for {dataset.id!r}.",
            f"See `vsumbench info {dataset.id}` for its protocols.",
        )
    gaps = _gaps(protocol.requires, edition.provides)
    if not gaps:
        return None
    return MismatchError(
        f"protocol {protocol.id!r} needs {' and '.join(gaps)}; dataset {dataset.id!r}, edition "
        f"{edition.id!r}, has {_holdings(edition.provides)}.",
        _other_editions(dataset, edition, lambda e: not _gaps(protocol.requires, e.provides)),
    )


def _gaps(required: Provides, provided: Provides) -> list[str]:
    """What a protocol needs of an edition that the edition does not hold, in words."""
    return [
        field.name.replace("_", " ")
        for field in fields(Provides)
        if field.name != "features" and getattr(required, field.name) and not getattr(provided, field.name)
    ]


def _missing_inputs(inputs: Inputs, provided: Provides) -> list[str]:
    missing = [
        _describe(f) for f in inputs.features if not any(_fits(f, offered) for offered in provided.features)
    ]
    missing += [f"{name} tokens" for name in inputs.tokens if not provided.frames]
    for name in ("frames", "text", "change_points"):
        if getattr(inputs, name) and not getattr(provided, name):
            missing.append(name.replace("_", " "))
    return missing


def _fits(wanted: FeatureSpec, offered: FeatureSpec) -> bool:
    return (
        wanted.name in (offered.name, ANY_FEATURE)
        and len(wanted.shape) == len(offered.shape)
        and all(w is None or o is None or w == o for w, o in zip(wanted.shape, offered.shape, strict=True))
        and (wanted.extractor is None or wanted.extractor == offered.extractor)
    )


def _describe(feature: FeatureSpec) -> str:
    size = " x ".join("any" if side is None else str(side) for side in feature.shape)
    if feature.name == ANY_FEATURE:
        return "any feature" + (f" ({size} a step)" if size != "any" else "")
    return f"feature {feature.name!r} ({size} a step)"


def _holdings(provides: Provides) -> str:
    flags = [
        f.name.replace("_", " ")
        for f in fields(Provides)
        if f.name != "features" and getattr(provides, f.name)
    ]
    return ", ".join([*(_describe(feature) for feature in provides.features), *flags])


def _other_editions(dataset: DatasetSpec, edition: EditionSpec, fits: object) -> str:
    assert callable(fits)
    others: Iterable[str] = (e.id for e in dataset.editions if e is not edition and fits(e))
    found = list(others)
    if found:
        return f"Edition {' or '.join(repr(name) for name in found)} has it: --edition {found[0]}."
    return f"See `vsumbench info {dataset.id}` for what its editions hold."
