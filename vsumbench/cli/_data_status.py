"""`vsumbench data status`: editions, coverage of every split set, and where each file comes from."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._data_shared import all_specs, check_edition, edition_option, loader, plugins
from ._names import dataset_names
from ._options import data_root_option, json_option, print_json
from ._tables import print_facts, print_table

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec
    from vsumbench.contracts.dataset import Source
    from vsumbench.data import DataRoot
    from vsumbench.data.presence import Presence
    from vsumbench.data.sources.record import SourceRecord

_HOW = {
    "file": "fetched",
    "archive": "fetched, in an archive",
    "hub": "fetched from the hub",
    "manual": "by hand",
}


@click.command()
@click.argument("name", required=False, shell_complete=dataset_names)
@data_root_option
@edition_option(None, "Show this edition only.")
@click.option("--missing", is_flag=True, help="Print the ids that are missing, one a line, and nothing else.")
@json_option
def status(
    name: str | None, data_root: Path | None, edition: str | None, missing: bool, as_json: bool
) -> None:
    """Show what of each edition is on disk, and its share of every split set.

    NAME is a dataset; without it all are shown. Nothing is written, and generated editions are not made.
    With --missing, ids are those of --edition, else of the first edition of which something is there.
    """
    from vsumbench.data import dataset_folder, resolve_data_root
    from vsumbench.data.presence import edition_presence
    from vsumbench.errors import UsageError

    if missing and (not name or as_json):
        raise UsageError("--missing is for one dataset, and prints ids alone.", "Name it; leave out --json.")
    root = resolve_data_root(data_root)
    specs = [plugins().dataset(name)] if name else all_specs()
    found: list[Presence] = []
    for spec in specs:
        if edition is not None and name:
            check_edition(spec, edition, data_root)
        for candidate in spec.editions:
            if edition in (None, candidate.id):
                found.append(edition_presence(spec, candidate, root, loader(spec)))
    if missing:
        _print_missing(specs[0], found)
        return
    files = {spec.id: source_rows(spec, dataset_folder(root.path, spec.id)) for spec in specs}
    if as_json:
        editions = [item.to_dict() for item in found]
        print_json({"data_root": root.path, "origin": root.origin, "editions": editions, "sources": files})
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
        for item in found:
            _show_splits(item)
        _show_sources(specs[0], files[specs[0].id], root)


def _print_missing(spec: DatasetSpec, found: list[Presence]) -> None:
    real = [item for item in found if not _generated(spec, item)] or found
    chosen = next((item for item in real if item.present), real[0])
    for video in chosen.missing_ids:
        click.echo(video)


def _generated(spec: DatasetSpec, item: Presence) -> bool:
    edition = spec.edition(item.edition)
    return edition is not None and edition.generated


def _show_splits(item: Presence) -> None:
    if not item.splits:
        return
    print_table(
        ("split set", "folds", "ever tested", "of them here", "training videos here"),
        [
            (
                split.id,
                str(split.folds or ""),
                "" if split.problem else str(len(split.tested)),
                split.share,
                split.training_share,
            )
            for split in item.splits
        ],
        title=f"Split sets ({item.edition})",
    )
    for split in item.splits:
        for line in (split.gap(), split.gap(of_others=True)):
            if line:
                click.echo(line)


def source_rows(spec: DatasetSpec, folder: Path) -> list[dict[str, Any]]:
    """Each source: whether it is there, whether its checksum is known and since when, and how it is had."""
    from vsumbench.data.obtaining import here
    from vsumbench.data.sources.addresses import shown, way_of
    from vsumbench.data.sources.record import SourceRecord, read_record
    from vsumbench.errors import DataDamagedError

    try:
        record = read_record(folder)
    except DataDamagedError as error:
        click.echo(f"vsumbench: warning: {error}", err=True)
        record = SourceRecord()
    rows = []
    for source in spec.sources:
        way = way_of(source)
        rows.append(
            {
                "path": source.path,
                "here": here(folder, source),
                "origin": source.origin,
                "how": way.how,
                "address": "" if way.how == "manual" else shown(way.address),
                "licence": source.licence or spec.licence,
                "checksum": _checksum(source, record),
            }
        )
    return rows


def _checksum(source: Source, record: SourceRecord) -> str:
    from vsumbench.data.sources.addresses import is_pattern

    if source.sha256 is not None:
        return "stated"
    pattern = source.path.replace("[", "[[]") if is_pattern(source.path) else ""
    dates = [
        entry.date
        for name, entry in record.files.items()
        if name == source.path or (pattern and fnmatchcase(name, pattern))
    ]
    return f"seen {min(dates)}" if dates else "none"


def _show_sources(spec: DatasetSpec, rows: list[dict[str, Any]], root: DataRoot) -> None:
    from vsumbench.data.obtaining import root_option

    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["path"].rpartition("/")[0], row["origin"], row["how"], row["checksum"])
        groups.setdefault(key, []).append(row)
    lines = []
    for (inside, origin, how, checksum), group in groups.items():
        files = group[0]["path"] if len(group) == 1 else f"{inside or '.'}/ ({len(group)} files)"
        there = sum(row["here"] for row in group)
        here = ("yes" if there else "no") if len(group) == 1 else f"{there} of {len(group)}"
        lines.append((files, here, checksum, _HOW[how], origin))
    if lines:
        print_table(("file", "here", "checksum", "how it is had", "from"), lines, title="Files")
    click.echo()
    ways = {row["how"] for row in rows if not row["here"]}
    there = root_option(root)
    print_facts(
        [
            ("licence", spec.licence),
            ("fetch", f"vsumbench data fetch {spec.id}{there}" if ways - {"manual"} else ""),
            ("by hand", f"vsumbench data import {spec.id} --from FILE{there}" if "manual" in ways else ""),
        ]
    )
