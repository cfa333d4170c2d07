"""`vsumbench list`: what is installed, one line each. Specs are imported, implementations are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vsumbench.entrypoints import Kind

from ._options import json_option, print_json
from ._tables import print_table

if TYPE_CHECKING:
    from vsumbench.plugins import Entry, Plugins, Problem

SETTINGS = "settings"


class KindArgument(click.Choice[str]):
    """`models`, `datasets`, …; the singular is understood too."""

    def __init__(self) -> None:
        super().__init__([*(kind.plural for kind in Kind), SETTINGS], case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        return super().convert(text if text.endswith("s") else f"{text}s", param, ctx)


@click.command("list")
@click.argument("what", type=KindArgument(), required=False, metavar="[KIND]")
@json_option
def command(what: str | None, as_json: bool) -> None:
    """List what is installed.

    KIND is models, datasets, metrics, protocols, encoders, extractors, leaderboards or settings. Without it
    everything but settings is listed.
    """
    from vsumbench.plugins import default_plugins

    plugins = default_plugins()
    if what == SETTINGS:
        rows, problems = settings(plugins), plugins.specs(Kind.DATASET)[1]
        listed: dict[str, list[dict[str, Any]]] = {SETTINGS: rows}
    else:
        listed, problems = {}, []
        for kind in Kind:
            if what in (None, kind.plural):
                listed[kind.plural] = describe_all(plugins, kind)
                problems += plugins.specs(kind)[1]
    for problem in [*plugins.damaged(), *problems]:
        click.echo(f"vsumbench: warning: {problem.message}", err=True)
    if as_json:
        print_json(listed[what] if what else listed)
    elif what == SETTINGS:
        _print_settings(listed[SETTINGS])
    else:
        _print_kinds(listed, problems, alone=what is not None)


def describe_all(plugins: Plugins, kind: Kind) -> list[dict[str, Any]]:
    """Every usable spec of a kind as plain values, sorted by id."""
    return [describe(plugins, kind, spec, entry) for spec, entry in plugins.owned_specs(kind)]


def describe(plugins: Plugins, kind: Kind, spec: Any, entry: Entry) -> dict[str, Any]:
    """A spec as the plain values `list --json` prints."""
    facts: dict[str, Any] = {
        "id": spec.id,
        "title": spec.title,
        "tasks": [str(task) for task in (getattr(spec, "tasks", None) or _task_of(spec))],
        "aliases": list(plugins.aliases(kind, entry)),
        "distribution": entry.distribution,
        "version": entry.version,
    }
    if kind is Kind.MODEL:
        facts |= {
            "trainable": spec.trainable,
            "uses_annotations": spec.uses_annotations,
            "variants": [variant.id for variant in spec.variants],
            "presets": [preset.id for preset in spec.presets],
            "takes": spec.takes,
        }
    elif kind is Kind.DATASET:
        facts |= {
            "editions": [edition.id for edition in spec.editions],
            "split_sets": [split.id for split in spec.split_sets],
            "default_protocols": list(spec.default_protocols),
        }
    elif kind is Kind.METRIC:
        facts |= {
            "needs": spec.needs,
            "scale": spec.scale,
            "direction": spec.direction,
            "spec_version": spec.version,
        }
    elif kind is Kind.PROTOCOL:
        facts |= {
            "metrics": list(spec.metrics),
            "datasets": list(spec.datasets),
            "spec_version": spec.version,
        }
    elif kind is Kind.ENCODER:
        facts |= {"images": spec.images, "text": spec.text, "dim": spec.dim, "spec_version": spec.version}
    elif kind is Kind.EXTRACTOR:
        facts |= {
            "encoder": spec.encoder,
            "feature": spec.output.name,
            "takes": spec.takes,
            "spec_version": spec.version,
        }
    else:
        facts |= {"package": spec.package}
    return facts


def settings(plugins: Plugins) -> list[dict[str, Any]]:
    """The split sets of every dataset with the selection rules."""
    from vsumbench.contracts import Selection

    return [
        {
            "dataset": dataset.id,
            "split_set": split.id,
            "title": split.title,
            "default": split is dataset.split_sets[0],
            "official_videos": split.official_videos,
            "default_selection": str(dataset.default_selection),
            "selections": [str(selection) for selection in Selection],
            "source": split.source,
        }
        for dataset, _ in plugins.owned_specs(Kind.DATASET)
        for split in dataset.split_sets
    ]


def _task_of(spec: Any) -> tuple[str, ...]:
    task = getattr(spec, "task", None)
    return () if task is None else (task,)


def _print_kinds(listed: dict[str, list[dict[str, Any]]], problems: list[Problem], *, alone: bool) -> None:
    for plural, rows in listed.items():
        if not rows:
            if alone and not problems:
                click.echo(f"No {plural} are installed. See `vsumbench plugins`.")
            continue
        tasks = any(row["tasks"] for row in rows)
        table = [
            (
                row["id"] + (f" ({', '.join(row['aliases'])})" if row["aliases"] else ""),
                row["title"] + (" [sees annotations]" if row.get("uses_annotations") else ""),
                *((", ".join(row["tasks"]),) if tasks else ()),
                f"{row['distribution']} {row['version']}",
            )
            for row in rows
        ]
        print_table(
            ("name", "title", *(("tasks",) if tasks else ()), "provided by"),
            table,
            title="" if alone else plural.capitalize(),
        )


def _print_settings(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("No dataset is installed. See `vsumbench plugins`.")
        return
    from vsumbench.contracts import Selection

    print_table(
        ("dataset", "split set", "title", "default selection"),
        [
            (
                r["dataset"],
                r["split_set"] + (" (default)" if r["default"] else ""),
                r["title"],
                r["default_selection"],
            )
            for r in rows
        ],
    )
    click.echo(f"\nSelection rules: {', '.join(Selection)}.")
