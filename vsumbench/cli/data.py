"""`vsumbench data`: which datasets there are, getting them, what is on disk and whether it is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._data_fetch import fetch, import_
from ._data_shared import all_specs, check_edition, edition_option, loader, name_argument, plugins
from ._data_status import status
from ._options import data_root_option, json_option, print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec
    from vsumbench.data import ResolvedEdition, Verification


@click.group("data")
def command() -> None:
    """List, fetch, import, check and make datasets.

    Real data lie in a folder a dataset below --data-root, $VSUMBENCH_DATA or the platform's data folder. Only
    `fetch` uses the network.
    """


@command.command("list")
@json_option
def list_datasets(as_json: bool) -> None:
    """List installed datasets with their editions, split sets and licences."""
    rows = [_describe(spec) for spec in all_specs()]
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


command.add_command(status)
command.add_command(fetch)
command.add_command(import_)


@command.command()
@name_argument
@data_root_option
@edition_option("auto", "Edition to check; auto is the one a run would take.")
@json_option
def verify(name: str, data_root: Path | None, edition: str, as_json: bool) -> None:
    """Read everything of a dataset; check checksums, published statistics and split digests.

    Exits with 80 where anything is wrong or missing.
    """
    from vsumbench.data import resolve_data_root, resolve_edition, verify_edition
    from vsumbench.data.obtaining import root_option
    from vsumbench.errors import VerificationError
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    spec = plugins().dataset(name)
    root = resolve_data_root(data_root)
    with TerminalReporter() as reporter:
        resolved = resolve_edition(
            spec,
            root,
            edition,
            load=loader(spec),
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
            f"See `vsumbench data status {spec.id}{root_option(root)}`.",
        )


@command.command()
@name_argument
@edition_option("planted", "Generated edition to make.")
@click.option("--force", is_flag=True, help="Make it again where it is there.")
@json_option
def make(name: str, edition: str, force: bool, as_json: bool) -> None:
    """Make a generated edition now rather than at the first run that needs it."""
    from vsumbench.data import make_edition
    from vsumbench.errors import UsageError
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    spec = plugins().dataset(name)
    check_edition(spec, edition)
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
            loader(spec),
            progress=stage_progress(f"make {spec.id}", reporter.advance),
            force=force,
        )
    if as_json:
        print_json({"dataset": spec.id, "edition": edition, "folder": folder, "made": made})
    else:
        click.echo(f"{spec.id} ({edition}) {'made in' if made else 'is there already:'} {folder}")


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
            {
                "path": source.path,
                "origin": source.origin,
                "sha256": source.sha256,
                "licence": source.licence,
                "manual": source.manual,
            }
            for source in spec.sources
        ],
    }


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
                "notes": list(checked.notes),
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
    for note in checked.notes:
        click.echo(f"note: {note}")
