"""Compose a model's options from few sources in a fixed order, validated, each value with its origin."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_type_hints

from vsumbench.contracts import ModelSpec, Preset, Variant
from vsumbench.errors import DataMissingError, OptionValueError, UnknownOptionError, UsageError


@dataclass(frozen=True)
class Composed:
    """The options of one run.

    Attributes:
        options: an instance of the spec's options type, frozen.
        values: the same as JSON values; part of the prediction digest.
        origins: for each option, where its value came from.
    """

    options: Any
    values: Mapping[str, Any]
    origins: Mapping[str, str]


def compose_options(
    spec: ModelSpec,
    *,
    variant: Variant | None = None,
    preset: Preset | None = None,
    file: Path | None = None,
    overrides: Sequence[str] = (),
) -> Composed:
    """Options of a model: defaults < variant < preset < file < `key=value` overrides.

    Raises:
        UnknownOptionError: a key the model does not have, with the nearest.
        OptionValueError: a value of the wrong type, with its origin.
        UsageError: an override without `=`, or a file that is not a mapping.
    """
    fields = {field.name: field for field in dataclasses.fields(spec.options)}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, field in fields.items():
        if field.default is not dataclasses.MISSING:
            values[name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            values[name] = field.default_factory()
        else:
            raise OptionValueError(
                f"option {name!r} of model {spec.id!r} has no default; the plugin must give one."
            )
        origins[name] = "default"
    hints = get_type_hints(spec.options)
    for origin, given in _sources(variant, preset, file, overrides):
        for key, value in given.items():
            name = key.replace("-", "_")
            if name not in fields:
                raise UnknownOptionError.about(
                    "option",
                    key,
                    fields,
                    where=f"vsumbench info {spec.id}",
                    extra=f"Model {spec.id!r} has {', '.join(sorted(fields))}."
                    if fields
                    else f"Model {spec.id!r} has none.",
                )
            values[name] = _validated(name, value, hints[name], f"{origin} of model {spec.id!r}", spec.id)
            origins[name] = origin
    try:
        options = spec.options(**values)
    except (TypeError, ValueError) as error:
        raise OptionValueError(
            f"options of model {spec.id!r}: {error}.", f"See `vsumbench info {spec.id}`."
        ) from None
    return Composed(options, {name: _plain(values[name]) for name in sorted(values)}, origins)


def required_options(spec: ModelSpec, preset: str) -> Composed:
    """Options of a model that another one calls: of its default variant, and of the preset of this name where
    it has one.
    """
    return compose_options(spec, variant=spec.default_variant, preset=spec.preset(preset))


def _sources(
    variant: Variant | None, preset: Preset | None, file: Path | None, overrides: Sequence[str]
) -> list[tuple[str, Mapping[str, Any]]]:
    sources: list[tuple[str, Mapping[str, Any]]] = []
    if variant is not None:
        sources.append((f"variant {variant.id}", variant.options))
    if preset is not None:
        sources.append((f"preset {preset.id}", preset.options))
    if file is not None:
        sources.append((f"file {file}", read_mapping(file)))
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise UsageError(
                f"--set {override!r} is not of the form key=value.", "Example: --set learning_rate=1e-3."
            )
        sources.append((f"--set {override}", {key.strip(): _parse(text)}))
    return sources


def read_mapping(path: Path) -> Mapping[str, Any]:
    """A YAML (or JSON) file holding one mapping, read with the safe loader."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataMissingError(f"There is no file {path}.", "Give the path of a YAML file.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path} is not readable as YAML: {' '.join(str(error).split())}.") from None
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise UsageError(f"{path} must hold one mapping with text keys, found {type(content).__name__}.")
    return content


def _parse(text: str) -> Any:
    """Lists, mappings, booleans and null in JSON; anything else stays text for the option's type to read."""
    stripped = text.strip()
    if stripped[:1] in ("[", "{", '"') or stripped in ("null", "true", "false"):
        try:
            return json.loads(stripped)
        except json.JSONDecodeError as error:
            raise UsageError(f"{text!r} is not valid JSON: {error.msg}.") from None
    return text


def _validated(name: str, value: Any, hint: Any, origin: str, model: str) -> Any:
    from pydantic import TypeAdapter, ValidationError

    try:
        valid = TypeAdapter(hint).validate_python(value)
        if isinstance(valid, float) and not math.isfinite(valid):
            raise OptionValueError(f"option {name} = {value!r} ({origin}) is not a finite number.")
        return valid
    except ValidationError as error:
        first = error.errors()[0]
        raise OptionValueError(
            f"option {name} = {value!r} ({origin}): {first['msg']}.",
            f"See `vsumbench info {model}` for its type.",
        ) from None


def _plain(value: Any) -> Any:
    """A value as JSON: what the digest and the record hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    return value
