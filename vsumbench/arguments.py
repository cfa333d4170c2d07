"""Names with an argument: `bertscore[roberta-large-L17]`, `f-clip[/models/clip]`, `frames-to-text[csta]`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from .entrypoints import Kind
from .errors import UnknownMetricError, UnknownModelError, UnknownNameError

if TYPE_CHECKING:
    from .contracts import EncoderSpec, ExtractorSpec, MetricSpec, ModelSpec

Spec = TypeVar("Spec", "ModelSpec", "MetricSpec", "EncoderSpec", "ExtractorSpec")

AGGREGATES = ("max", "mean")
"""What stands in brackets behind a column of a record to say how annotators were aggregated: no argument."""


def with_argument(spec: Spec, name: str, kind: Kind) -> Spec:
    """The spec that `name` asks for: with the argument in its brackets, or the default one.

    The id becomes `id[argument]`, where a path or a hub id is shortened to its last part: a column has the
    same name wherever the files lie. `argument` keeps what was given. The short form of the default argument
    stands for the default.

    Raises:
        UnknownNameError: (of the kind) an argument for a spec that takes none, or an empty one.
    """
    given = argument_of(name)
    if not spec.takes:
        if given is None:
            return spec
        raise _unknown(kind, name, f"{spec.id!r} takes nothing in brackets.")
    if given is None or given == short(spec.argument):
        given = spec.argument
    elif not given.strip():
        raise _unknown(kind, name, f"The brackets of {spec.id!r} hold {spec.takes}.")
    return replace(spec, id=f"{spec.id}[{short(given)}]", argument=given) if given else spec


def without_aggregate(column: str) -> str:
    """The metric of a column: `f1` of `f1[max]`; brackets that hold an argument stay."""
    for how in AGGREGATES:
        column = column.removesuffix(f"[{how}]")
    return column


def argument_of(name: str) -> str | None:
    """What stands in the brackets of a name; None without brackets or with an annotator aggregate alone."""
    _, bracket, rest = without_aggregate(name).partition("[")
    return rest[:-1] if bracket and rest.endswith("]") else None


def short(argument: str) -> str:
    """The last part of a path or hub id; of each where there are several, separated by commas."""
    return ",".join(PurePath(part.strip()).name for part in argument.split(","))


def _unknown(kind: Kind, name: str, why: str) -> UnknownNameError:
    kinds = {Kind.METRIC: UnknownMetricError, Kind.MODEL: UnknownModelError}
    error = kinds.get(kind, UnknownNameError)
    return error(f"{kind} {name!r} is not known. {why}", f"See `vsumbench list {kind.plural}`.")
