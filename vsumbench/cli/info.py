"""`vsumbench info`: everything one spec says; a dataset's splits counted, a model's parameters counted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsumbench.entrypoints import Kind
from vsumbench.errors import UnknownOptionError, UsageError

from ._info_dataset import IN_TABLES, coverage_of, editions_of, show_dataset
from ._names import plugin_names
from ._options import data_root_option, json_option, print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.contracts import ModelSpec, Variant
    from vsumbench.plugins import Entry, Plugins


_SENTENCES = ("chain", "disagreements")
"""Facts of a line each."""


@click.command("info")
@click.argument("name", shell_complete=plugin_names)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), help="Which kind, if a name has several."
)
@click.option(
    "--preset", metavar="PRESET", help="Count the model's parameters with the options of this preset."
)
@click.option(
    "--statistics",
    is_flag=True,
    help="Read a dataset and count: durations, lengths of summaries, annotators, texts.",
)
@click.option(
    "--edition", metavar="ID", help="Edition to count, with --statistics. Default: the one a run would take."
)
@data_root_option
@click.option(
    "--save",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="RUNS",
    help="With --statistics: keep them in this folder of runs, where boards find them.",
)
@json_option
def command(
    name: str,
    kind: str | None,
    preset: str | None,
    statistics: bool,
    edition: str | None,
    data_root: Path | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Describe NAME: a model, model@variant, dataset, metric, protocol, encoder, extractor or leaderboard."""
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    base, variant_name = split_variant(name)
    found = find_kind(plugins, base, kind)
    spec: Any = plugins.model(base) if found is Kind.MODEL else plugins.spec(found, base)
    entry = plugins.origin(found, base)
    if found is not Kind.MODEL and (variant_name or preset):
        raise UsageError(
            f"{found} {base!r} has no {'variants' if variant_name else 'presets'}; only models have."
        )
    if statistics and found is not Kind.DATASET:
        raise UsageError(f"--statistics counts what a dataset holds; {base!r} is a {found}.")
    if not statistics:
        given = {"--edition": edition, "--data-root": data_root, "--save": save}
        for option, value in given.items():
            if value is not None:
                raise UsageError(f"{option} is of use with --statistics alone.", "Add --statistics.")
    if statistics:
        from ._info_statistics import show_statistics

        show_statistics(plugins, spec, edition or "auto", data_root, save, as_json)
        return
    facts = facts_of(plugins, found, spec, entry)
    if found is Kind.DATASET:
        facts["editions"] = editions_of(spec, facts["editions"])
        facts["coverage"] = coverage_of(plugins, spec)
    if found is Kind.MODEL:
        variant = find_variant(spec, variant_name)
        if variant is not None:
            facts["variant"] = variant.id
        facts["options"] = options_of(spec, variant, preset)
        if preset is not None:
            facts["preset"] = preset
            facts["sizes"] = sizes_of(plugins, spec, variant, preset)
    if as_json:
        print_json(facts)
    else:
        show(facts)


def split_variant(name: str) -> tuple[str, str | None]:
    """`model@variant` → (model, variant); an `@` inside a path is part of the path."""
    base, at, variant = name.rpartition("@")
    return (base, variant) if at and "/" not in variant and ":" not in variant else (name, None)


def find_kind(plugins: Plugins, name: str, asked: str | None) -> Kind:
    """The kind a name is of. Raises UsageError if it has several, UnknownNameError if it has none."""
    if asked is not None:
        return Kind(asked)
    kinds = plugins.kinds_of(name)
    if len(kinds) > 1:
        raise UsageError(
            f"{name!r} is a {' and a '.join(kinds)}.", f"Add `--kind {kinds[0]}` or `--kind {kinds[1]}`."
        )
    if kinds:
        return kinds[0]
    if ":" in name or name.endswith(".py"):
        raise UsageError(
            f"{name!r} does not say of which kind it is.", "Add `--kind model`, `--kind dataset`, …"
        )
    return plugins.nearest_kind(name)


def find_variant(spec: ModelSpec, name: str | None) -> Variant | None:
    """The variant asked for, else the default one, else None."""
    if name is None:
        return spec.variants[0] if spec.variants else None
    variant = spec.variant(name)
    if variant is None:
        extra = "" if spec.variants else f"Model {spec.id!r} has none."
        known = [v.id for v in spec.variants]
        raise UnknownOptionError.about("variant", name, known, where=f"vsumbench info {spec.id}", extra=extra)
    return variant


def facts_of(plugins: Plugins, kind: Kind, spec: Any, entry: Entry) -> dict[str, Any]:
    """The spec as plain values, with its kind, aliases and provider in front."""
    values = {field.name: plain(getattr(spec, field.name)) for field in dataclasses.fields(spec)}
    values.pop("options", None)
    return {
        "kind": kind.value,
        **values,
        "aliases": list(plugins.aliases(kind, entry)),
        "distribution": entry.distribution,
        "distribution_version": entry.version,
    }


def options_of(spec: ModelSpec, variant: Variant | None, preset: str | None) -> list[dict[str, Any]]:
    """Every option with its type, its value under the variant and preset, and where the value came from."""
    from vsumbench.config.options import compose_options

    chosen = None
    if preset is not None:
        chosen = spec.preset(preset)
        if chosen is None:
            extra = "" if spec.presets else f"Model {spec.id!r} has none."
            known = [p.id for p in spec.presets]
            raise UnknownOptionError.about(
                "preset", preset, known, where=f"vsumbench info {spec.id}", extra=extra
            )
    composed = compose_options(spec, variant=variant, preset=chosen)
    types = {field.name: _type_name(field.type) for field in dataclasses.fields(spec.options)}
    return [
        {"name": name, "type": types[name], "value": value, "origin": composed.origins[name]}
        for name, value in composed.values.items()
    ]


def sizes_of(plugins: Plugins, spec: ModelSpec, variant: Variant | None, preset: str) -> dict[str, Any]:
    """Parameters by part and in sum."""
    from vsumbench.config.options import compose_options

    from ._sizes import count_parameters

    options = compose_options(spec, variant=variant, preset=spec.preset(preset)).options
    parts = count_parameters(plugins, spec, options, preset)
    return {
        "parts": {part: {"total": total, "trainable": live} for part, (total, live) in parts.items()},
        "total": sum(total for total, _ in parts.values()),
        "trainable": sum(live for _, live in parts.values()),
    }


def plain(value: Any) -> Any:
    """A spec's value as JSON; fields that say nothing are left out of nested parts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, plain(getattr(value, field.name))) for field in dataclasses.fields(value))
        return {name: item for name, item in pairs if item not in (None, "", [], {}, False)}
    if isinstance(value, type):
        return f"{value.__module__}:{value.__qualname__}"
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def show(facts: dict[str, Any]) -> None:
    """The facts as text: the plain ones first, then options and sizes as tables."""
    click.echo(f"{facts['kind']} {facts['id']}: {facts['title']}")
    dataset = facts["kind"] == Kind.DATASET.value
    tables = ("options", "sizes", *(IN_TABLES if dataset else ()))
    lines = []
    for name, value in facts.items():
        if name not in ("id", "title", "kind", "distribution", "distribution_version", *tables):
            lines += [
                (name.replace("_", " ") if i == 0 else "", text)
                for i, text in enumerate(value if name in _SENTENCES else _texts(value))
            ]
    print_facts([*lines, ("provided by", f"{facts['distribution']} {facts['distribution_version']}")])
    if dataset:
        show_dataset(facts)
    if facts.get("options"):
        rows = [(o["name"], o["type"], _text(o["value"]), o["origin"]) for o in facts["options"]]
        print_table(("option", "type", "value", "from"), rows, title="Options")
    if "sizes" in facts:
        sizes = facts["sizes"]
        counts = [(part, f"{n['total']:,}", f"{n['trainable']:,}") for part, n in sizes["parts"].items()]
        counts.append(("sum", f"{sizes['total']:,}", f"{sizes['trainable']:,}"))
        print_table(("part", "parameters", "trainable"), counts, title="Parameters")


def _texts(value: Any) -> list[str]:
    """A value as lines: one for each item of a list of mappings."""
    if value in (None, "", [], {}):
        return []
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [_text(item) for item in value]
    return [_text(value)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')} {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)


def _type_name(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
