"""What the host requires of a spec before anybody uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from .entrypoints import Entry, Kind, normalise
from .errors import PluginError


def check_spec(spec: Any, entry: Entry, *, what: str, aliases: Iterable[str] | None) -> None:
    """Refuse what is no valid spec of the entry's kind.

    Args:
        spec: what the entry's target turned out to be.
        entry: who declares it.
        what: names it in messages.
        aliases: other names declared for the same object; None for a spec given by path, which has no name.

    Raises:
        PluginError: another type, an API version this core does not speak, or an id the entry does not name.
    """
    from .contracts import API_VERSION

    expected = _spec_type(entry.kind)
    if not isinstance(spec, expected):
        raise PluginError(
            f"{what}: {entry.target} is of type {type(spec).__name__}, expected {expected.__name__}.",
            "Declare the spec object itself in the entry point.",
        )
    facts: Any = spec
    version = facts.api_version
    if type(version) is not int or not 1 <= version <= API_VERSION:
        raise PluginError(
            f"{what} is written for plugin API {version!r}; this vsumbench speaks 1 to {API_VERSION}.",
            "Upgrade vsumbench, or install an older version of the plugin.",
        )
    if not isinstance(facts.id, str) or not facts.id.strip():
        raise PluginError(f"{what}: its spec has no id.", "Give the spec a name as `id`.")
    if entry.kind is Kind.MODEL:
        _check_weights(facts, what)
        if bool(facts.wraps) != bool(facts.argument):
            raise PluginError(
                f"{what}: only one of wraps and argument is set.",
                "A model that wraps others has both: their task, and the one meant without brackets.",
            )
    if aliases is None or normalise(entry.name) in map(normalise, (facts.id, *facts.aliases)):
        return
    if normalise(facts.id) not in map(normalise, aliases):
        raise PluginError(
            f"{what}: the spec it points to has the id {facts.id!r}.",
            f"Declare the entry point as {facts.id!r}, or name {entry.name!r} in the spec's aliases.",
        )


def _check_weights(model: Any, what: str) -> None:
    """Refuse a preset that names weights nobody can look up."""
    listed = {weights.id for weights in model.weights}
    for preset in model.presets:
        unknown = sorted(set(preset.weights) - listed)
        if unknown:
            raise PluginError(
                f"{what}: preset {preset.id!r} names the weights {unknown[0]!r}, which its spec lacks.",
                "Add them to ModelSpec.weights.",
            )


@cache
def _spec_type(kind: Kind) -> type:
    from . import contracts

    types: Mapping[Kind, type] = {
        Kind.MODEL: contracts.ModelSpec,
        Kind.DATASET: contracts.DatasetSpec,
        Kind.METRIC: contracts.MetricSpec,
        Kind.PROTOCOL: contracts.ProtocolSpec,
        Kind.ENCODER: contracts.EncoderSpec,
        Kind.EXTRACTOR: contracts.ExtractorSpec,
        Kind.LEADERBOARD: contracts.LeaderboardSpec,
    }
    return types[kind]
