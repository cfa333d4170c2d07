"""Weights that specs name: are they there, were they made by this code, and if not, what brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from vsumbench.contracts import EncoderSpec, Extra, ModelSpec, Preset, Weights
from vsumbench.data.weights import (
    WEIGHTS_VARIABLE,
    find_weights,
    manifest_or_none,
    weights_folder,
    weights_root,
)
from vsumbench.errors import PluginError, WeightsMissingError
from vsumbench.records.provenance import sources_digest


class WeightsState(StrEnum):
    """What is found where weights should lie."""

    THERE = "there"
    ABSENT = "absent"
    UNMARKED = "without manifest"
    """A folder without `weights.json`: put there by hand, or half copied."""
    UNREADABLE = "unreadable manifest"
    OTHER_CODE = "made by other code"
    """Made by a maker whose source has changed since: as good as absent, and made again when needed."""


@dataclass(frozen=True)
class WeightsUse:
    """Weights with what names them: models (with the presets that need them) and encoders."""

    weights: Weights
    users: tuple[str, ...]
    extras: tuple[Extra, ...] = ()


def recipe(weights: Weights) -> str:
    """Sha256 over the source that made weights depend on: the maker's package and the spec's `source`."""
    return sources_digest((weights.maker.partition(":")[0], *weights.source))


def state_of(weights: Weights) -> WeightsState:
    """What is found on disk, without reading more than the manifest."""
    folder = weights_folder(weights.id)
    if find_weights(weights.id) is None:
        filled = folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir())
        return WeightsState.UNMARKED if filled else WeightsState.ABSENT
    manifest = manifest_or_none(folder)
    if manifest is None:
        return WeightsState.UNREADABLE
    if manifest.origin == "made" and weights.maker and manifest.recipe != recipe(weights):
        return WeightsState.OTHER_CODE
    return WeightsState.THERE


def declared(model: ModelSpec, weights_id: str) -> Weights:
    """The weights of this id as a model declares them.

    Raises:
        PluginError: a preset names weights its spec does not list.
    """
    found = next((weights for weights in model.weights if weights.id == weights_id), None)
    if found is None:
        raise PluginError(
            f"model {model.id!r} names the weights {weights_id!r}, which its spec does not list.",
            "Add them to ModelSpec.weights.",
        )
    return found


def lacking(model: ModelSpec, preset: Preset | None) -> list[Weights]:
    """The weights of a preset that are not there, those made by other code included."""
    wanted = [declared(model, name) for name in (preset.weights if preset else ())]
    return [weights for weights in wanted if state_of(weights) is not WeightsState.THERE]


def next_command(weights: Weights, state: WeightsState) -> str:
    """The command that brings weights, or the empty string where they are there."""
    if state is WeightsState.THERE:
        return ""
    if weights.maker and (not weights.origin or state is WeightsState.OTHER_CODE):
        again = " --force" if state in (WeightsState.UNMARKED, WeightsState.UNREADABLE) else ""
        return f"vsumbench weights make {weights.id}{again}"
    source = str(weights_folder(weights.id)) if state is WeightsState.UNMARKED else "FOLDER"
    again = " --force" if state is WeightsState.UNREADABLE else ""
    return f"vsumbench weights import {weights.id} {source}{again}"


def require_weights(model: ModelSpec, preset: Preset | None, *, makeable: bool = False) -> None:
    """Refuse a preset whose weights are not there. `makeable`: let those pass that can be made here.

    Raises:
        WeightsMissingError: naming them, where they were looked for, where they are published, and the
            command that brings them.
    """
    missing = [weights for weights in lacking(model, preset) if not (makeable and weights.maker)]
    if not missing:
        return
    assert preset is not None
    found = [
        f"{weights.id} ({state.value})" if state is not WeightsState.ABSENT else weights.id
        for weights, state in ((weights, state_of(weights)) for weights in missing)
    ]
    commands = ", ".join(f"`{next_command(weights, state_of(weights))}`" for weights in missing)
    origins = dict.fromkeys(weights.origin for weights in missing if weights.origin)
    get = f"Get them from {', '.join(origins)}, then {commands}." if origins else f"Run {commands}."
    others = [p.id for p in model.presets if p is not preset and all(w.maker for w in lacking(model, p))]
    instead = f" Or use --preset {others[0]}." if others else ""
    raise WeightsMissingError(
        f"preset {preset.id!r} of model {model.id!r} needs the weights {', '.join(found)}, which are not in "
        f"{weights_root()} ({WEIGHTS_VARIABLE} names another folder).",
        f"{get}{instead}",
    )


def all_weights(
    models: Sequence[ModelSpec], encoders: Sequence[EncoderSpec]
) -> tuple[dict[str, WeightsUse], list[str]]:
    """Every id that models and encoders name → its declaration and who uses it; and a line for each conflict.

    An id that an encoder names and no model declares has no licence and no files known beforehand. Where two
    models declare one id differently, the first counts.
    """
    found: dict[str, WeightsUse] = {}
    problems: list[str] = []
    for model in models:
        for weights in model.weights:
            presets = [preset.id for preset in model.presets if weights.id in preset.weights]
            user = f"{model.id} ({', '.join(presets)})" if presets else model.id
            known = found.setdefault(weights.id, WeightsUse(weights, (), model.extras))
            if known.weights != weights:
                problems.append(
                    f"models {known.users[0]} and {model.id} declare the weights {weights.id!r} differently; "
                    "the first counts."
                )
            found[weights.id] = replace(known, users=(*known.users, user))
    for encoder in encoders:
        for name in encoder.weights:
            bare = WeightsUse(Weights(id=name, title=encoder.title, licence=""), ())
            known = found.setdefault(name, bare)
            found[name] = replace(known, users=(*known.users, f"encoder {encoder.id}"))
    return dict(sorted(found.items())), problems
