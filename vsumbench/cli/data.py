"""`vsumbench data`: which datasets there are, what is on disk and whether it is right; making editions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ._names import dataset_names
from ._options import data_root_option, json_option, print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec
    from vsumbench.data import ResolvedEdition, Verification

F = TypeVar("F", bound=Callable[..., Any])

_name = click.argument("name", shell_complete=dataset_names)


def _edition_option(default: str | None, text: str) -> Callable[[F], F]:
    return click.option(
        "--edition", default=default, metavar="ID", show_default=default is not None, help=text
    )


@click.group("data")
def command() -> None:
    """List, check and make datasets."""


@command.command("list")
@json_option
def list_datasets(as_json: bool) -> None:
    """List installed datasets with their editions, split sets and licences."""
    rows = [_describe(spec) for spec in _specs()]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("dataset", "title", "tasks", "editions", "split sets", "licence"),
        [
            (
                row["id"],
                row["title"],
                " ".join(row["tasks"]),
                " ".join(row["editions"]),
                " ".join(row["split_sets"]),
                row["licence"],
            )
            for row in rows
        ],
    )


@command.command()
@click.argument("name", required=False, shell_complete=dataset_names)
@data_root_option
@_edition_option(None, "Show this edition only.")
@json_option
def status(name: str | None, data_root: Path | None, edition: str | None, as_json: bool) -> None:
    """Show what of each edition is on disk, and its share of the official split.

    NAME is a dataset; without it all are shown. Nothing is written, and generated editions are not made.
    """
    from vsumbench.data import resolve_data_root
    from vsumbench.data.presence import edition_presence

    root = resolve_data_root(data_root)
    specs = [_plugins().dataset(name)] if name else _specs()
    found = []
    for spec in specs:
        if edition is not None and name:
            _check_edition(spec, edition, data_root)
        for candidate in spec.editions:
            if edition in (None, candidate.id):
                found.append(edition_presence(spec, candidate, root, _loader(spec)))
    if as_json:
        print_json({"data_root": root.path, "origin": root.origin, "editions": [f.to_dict() for f in found]})
        return
    click.echo(f"Data root: {root}")
    print_table(
        ("dataset", "edition", "state", "videos", "official split", "folder"),
        [
            (f.dataset, f.edition, f.state, str(f.present or ""), f.coverage, str(f.folder or ""))
            for f in found
        ],
    )
    for item in found:
        for line in item.lines():
            click.echo(f"{item.dataset} ({item.edition}): {line}")
    if name:
        print_facts([("licence", specs[0].licence), *_source_facts(specs[0])])


@command.command()
@_name
@data_root_option
@_edition_option("auto", "Edition to check; auto is the one a run would take.")
@json_option
def verify(name: str, data_root: Path | None, edition: str, as_json: bool) -> None:
    """Read everything of a dataset; check checksums, published statistics and split digests.

    Exits with 80 where anything is wrong or missing.
    """
    from vsumbench.data import resolve_data_root, resolve_edition, verify_edition
    from vsumbench.errors import VerificationError
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    spec = _plugins().dataset(name)
    with TerminalReporter() as reporter:
        resolved = resolve_edition(
            spec,
            resolve_data_root(data_root),
            edition,
            load=_loader(spec),
            progress=stage_progress(f"make {spec.id}", reporter.advance),
        )
        for notice in resolved.notices:
            reporter.notice(notice)
        checked = verify_edition(
            spec,
            resolved.edition,
            resolved.folder,
            resolved.dataset,
            progress=stage_progress(f"verify {spec.id}", reporter.advance),
        )
    _show_verification(spec, resolved, checked, as_json)
    if checked.problems:
        more = f" and {len(checked.problems) - 1} more" if len(checked.problems) > 1 else ""
        raise VerificationError(
            f"dataset {spec.id!r} ({resolved.edition.id}) does not verify: {checked.problems[0]}{more}.",
            f"See `vsumbench data status {spec.id}`.",
        )


@command.command()
@_name
@_edition_option("planted", "Generated edition to make.")
@click.option("--force", is_flag=True, help="Make it again where it is there.")
@json_option
def make(name: str, edition: str, force: bool, as_json: bool) -> None:
    """Make a generated edition now rather than at the first run that needs it."""
    from vsumbench.data import make_edition
    from vsumbench.errors import UsageError
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    spec = _plugins().dataset(name)
    _check_edition(spec, edition)
    chosen = spec.edition(edition)
    assert chosen is not None
    if not chosen.maker:
        why = "it is held in memory" if chosen.generated else "its files come from their publisher"
        raise UsageError(
            f"edition {edition!r} of {spec.id!r} is not made: {why}.",
            f"See `vsumbench data status {spec.id}`.",
        )
    with TerminalReporter() as reporter:
        folder, made = make_edition(
            spec,
            chosen,
            _loader(spec),
            progress=stage_progress(f"make {spec.id}", reporter.advance),
            force=force,
        )
    if as_json:
        print_json({"dataset": spec.id, "edition": edition, "folder": folder, "made": made})
    else:
        click.echo(f"{spec.id} ({edition}) {'made in' if made else 'is there already:'} {folder}")


def _plugins() -> Any:
    from vsumbench.plugins import default_plugins

    return default_plugins()


def _specs() -> list[DatasetSpec]:
    """Every dataset that can be used; a broken plugin is one line on standard error."""
    from vsumbench.entrypoints import Kind

    specs, problems = _plugins().specs(Kind.DATASET)
    for problem in problems:
        click.echo(f"vsumbench: warning: {problem.message}", err=True)
    return list(specs)


def _loader(spec: DatasetSpec) -> Any:
    return lambda dotted: _plugins().load(dotted, what=f"dataset {spec.id!r}")


def _check_edition(spec: DatasetSpec, edition: str, data_root: Path | None = None) -> None:
    from vsumbench.data import dataset_folder, resolve_data_root
    from vsumbench.data.obtaining import unknown_edition

    if spec.edition(edition) is None:
        root = resolve_data_root(data_root)
        raise unknown_edition(spec, edition, dataset_folder(root.path, spec.id))


def _describe(spec: DatasetSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "title": spec.title,
        "aliases": list(spec.aliases),
        "tasks": [task.value for task in spec.tasks],
        "editions": [edition.id for edition in spec.editions],
        "split_sets": [split.id for split in spec.split_sets],
        "default_selection": spec.default_selection.value,
        "default_protocols": list(spec.default_protocols),
        "licence": spec.licence,
        "sources": [
            {"path": source.path, "origin": source.origin, "sha256": source.sha256, "licence": source.licence}
            for source in spec.sources
        ],
    }


def _source_facts(spec: DatasetSpec) -> list[tuple[str, str]]:
    origins = dict.fromkeys(source.origin for source in spec.sources)
    return [("get it from", origin) for origin in origins]


def _show_verification(
    spec: DatasetSpec, resolved: ResolvedEdition, checked: Verification, as_json: bool
) -> None:
    if as_json:
        print_json(
            {
                "dataset": spec.id,
                "edition": resolved.edition.id,
                "folder": resolved.folder,
                "fingerprint": checked.fingerprint,
                "statistics": checked.statistics,
                "checksums": checked.checksums,
                "problems": list(checked.problems),
            }
        )
        return
    print_facts(
        [
            ("dataset", f"{spec.title} ({resolved.edition.id})"),
            ("folder", str(resolved.folder)),
            ("fingerprint", checked.fingerprint),
            *((name, f"{count:,}".replace(",", " ")) for name, count in checked.statistics.items() if count),
            ("checksums", f"{checked.checksums} agree" if checked.checksums else ""),
            ("verdict", "" if checked.problems else "all is well"),
        ]
    )
    for problem in checked.problems:
        click.echo(f"problem: {problem}")
