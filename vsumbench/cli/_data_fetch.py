"""`vsumbench data fetch` and `data import`: getting real data into the data root."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._data_shared import (
    acceptance,
    check_edition,
    edition_option,
    limits_of,
    loader,
    max_unpacked,
    name_argument,
    plugins,
    some,
)
from ._options import data_root_option, json_option, print_json

if TYPE_CHECKING:
    from vsumbench.contracts import DatasetSpec
    from vsumbench.data import DataRoot
    from vsumbench.data.sources.fetch_steps import Fetched


@click.command()
@name_argument
@edition_option(None, "Fetch what this edition reads only.")
@data_root_option
@click.option(
    "--only", multiple=True, metavar="PATH", help="Fetch this file only; * and ? stand for more. Repeatable."
)
@click.option(
    "--accept-licence", "--yes", is_flag=True, help="I have read the licence of these files and accept it."
)
@click.option("--force", is_flag=True, help="Replace files that are wrong, or that their publisher changed.")
@max_unpacked
@json_option
def fetch(
    name: str,
    edition: str | None,
    data_root: Path | None,
    only: tuple[str, ...],
    accept_licence: bool,
    force: bool,
    max_unpacked: int | None,
    as_json: bool,
) -> None:
    """Download the files of a dataset from where they are published, and say how to get the others.

    An interrupted download goes on where it stopped. Each file is held to its publisher's checksum, or to
    the one it had when it first came. The licence must be accepted once. Exits with 0 when all that a program
    can get is in place, with 30 when something could not be had, with 31 when something is not what it
    should be.
    """
    from vsumbench.data import dataset_folder, resolve_data_root
    from vsumbench.data.sources.fetching import fetch_data
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    spec = plugins().dataset(name)
    root = resolve_data_root(data_root)
    sources = _sources(spec, edition, only, data_root)
    folder = dataset_folder(root.path, spec.id)
    with TerminalReporter() as reporter:
        report = fetch_data(
            spec,
            folder,
            sources,
            acceptance(spec, accept_licence),
            force=force,
            limits=limits_of(max_unpacked),
            progress=stage_progress(f"fetch {spec.id}", reporter.advance),
        )
    states = _states(spec, root)
    steps = _steps(spec, report, root)
    if as_json:
        print_json(
            {"dataset": spec.id, "folder": folder, **report.to_dict(), "next": steps, "editions": states}
        )
    else:
        _show(spec, folder, report, steps, states, root)
    if report.errors:
        first, more = report.errors[0], len(report.errors) - 1
        raise type(first)(f"{first.message}{f' And {more} more.' if more else ''}", first.hint)


@click.command("import")
@name_argument
@click.option(
    "--from",
    "given",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A file, an archive (zip, tar, tar.gz, tar.bz2, tar.xz), or a folder with either layout.",
)
@click.option(
    "--link/--copy", "link", default=False, help="Make hard links instead of copies; on one disk only."
)
@data_root_option
@click.option("--force", is_flag=True, help="Replace files that are there with others of the same name.")
@max_unpacked
@json_option
def import_(
    name: str,
    given: Path,
    link: bool,
    data_root: Path | None,
    force: bool,
    max_unpacked: int | None,
    as_json: bool,
) -> None:
    """Take the files of a dataset out of what was downloaded by hand, and put them where its reader looks.

    The files that the dataset lists are found by where they lie, by name, and by checksum where one is known.
    What is not listed is left alone. Archives are unpacked safely: no links, no names that lead out of the
    folder, sizes within limits. Exits with 30 when nothing was found, with 31 when something found is not
    what it should be.
    """
    from vsumbench.data import dataset_folder, resolve_data_root
    from vsumbench.data.sources.importing import import_data, refuse_problems
    from vsumbench.running.reporting import stage_progress

    from ._progress import TerminalReporter

    spec = plugins().dataset(name)
    root = resolve_data_root(data_root)
    folder = dataset_folder(root.path, spec.id)
    with TerminalReporter() as reporter:
        taken = import_data(
            spec,
            folder,
            given.expanduser(),
            link=link,
            force=force,
            limits=limits_of(max_unpacked),
            progress=stage_progress(f"import {spec.id} (MiB)", reporter.advance),
        )
    states = _states(spec, root)
    if as_json:
        print_json({"dataset": spec.id, "folder": folder, **taken.to_dict(), "editions": states})
    else:
        how = "linked" if link else "imported"
        _say(f"{how} into {folder}", taken.placed)
        _say("there already", taken.already)
        _say("not listed, left alone", taken.ignored)
        _say("still missing", taken.missing)
        for line in (*taken.notes, *(f"problem: {problem}" for problem in taken.problems)):
            click.echo(line)
        _show_states(spec, states, root)
    refuse_problems(spec, taken.problems, root)


def _sources(spec: DatasetSpec, edition: str | None, only: tuple[str, ...], data_root: Path | None) -> Any:
    from vsumbench.data.sources.fetching import chosen_sources
    from vsumbench.errors import MismatchError, UsageError

    if edition is not None:
        check_edition(spec, edition, data_root)
        chosen = spec.edition(edition)
        if chosen is not None and chosen.generated:
            raise UsageError(
                f"edition {edition!r} of {spec.id!r} is generated, not fetched.",
                f"Use `vsumbench data make {spec.id} --edition {edition}`.",
            )
    if not spec.sources:
        raise MismatchError(
            f"dataset {spec.id!r} lists no files to fetch.", f"See `vsumbench info {spec.id}`."
        )
    sources = chosen_sources(spec, edition, only)
    if not sources:
        raise UsageError(
            f"no file of {spec.id!r} is named {' or '.join(only)}.",
            f"It has {some([source.path for source in spec.sources])}.",
        )
    return sources


def _steps(spec: DatasetSpec, report: Fetched, root: DataRoot) -> list[str]:
    from vsumbench.data.obtaining import by_hand

    manual = frozenset(report.of("by hand"))
    return by_hand(spec, [source for source in spec.sources if source.path in manual], root)


def _show(
    spec: DatasetSpec,
    folder: Path,
    report: Fetched,
    steps: list[str],
    states: list[dict[str, Any]],
    root: DataRoot,
) -> None:
    _say(f"fetched into {folder}", report.of("fetched"))
    _say("there already", report.of("there"))
    for outcome in report.outcomes:
        if outcome.state == "failed":
            click.echo(f"failed: {outcome.path}: {outcome.detail}")
    for line in (*report.notes, *steps):
        click.echo(line)
    _show_states(spec, states, root)


def _say(what: str, names: list[str]) -> None:
    if names:
        click.echo(f"{what}: {some(names)}")


def _states(spec: DatasetSpec, root: DataRoot) -> list[dict[str, Any]]:
    """Each real edition as its reader now sees it."""
    from vsumbench.data.presence import edition_presence

    found = [
        edition_presence(spec, edition, root, loader(spec))
        for edition in spec.editions
        if not edition.generated
    ]
    return [{"edition": f.edition, "state": f.state, "present": f.present, "lines": f.lines()} for f in found]


def _show_states(spec: DatasetSpec, states: list[dict[str, Any]], root: DataRoot) -> None:
    from vsumbench.data.obtaining import root_option

    for state in states:
        click.echo(f"{spec.id} ({state['edition']}): {state['state']}, {state['present']} videos are there")
        for line in state["lines"]:
            click.echo(f"  {line}")
    if any(state["present"] for state in states):
        click.echo(f"next: vsumbench data verify {spec.id}{root_option(root)}")
