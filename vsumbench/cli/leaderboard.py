"""`vsumbench leaderboard`: pages that put each paper's number beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsumbench.errors import UsageError

from ._options import json_option, print_json, runs_option

if TYPE_CHECKING:
    from vsumbench.leaderboard.pages import Site
    from vsumbench.store.records import Store

_FORMATS = ("html", "markdown", "latex", "csv", "json")


@click.group("leaderboard", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Build, list, check and open pages that put each paper's number beside ours."""


@command.command("build")
@runs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("site"),
    show_default=True,
    help="Folder to write the pages to.",
)
@click.option(
    "--board", "boards", multiple=True, metavar="ID", help="Build this board only; may be repeated."
)
@click.option(
    "--format",
    "formats",
    default="html,markdown",
    show_default=True,
    metavar="LIST",
    help=f"What to write, joined by commas: {', '.join(_FORMATS)}.",
)
@click.option("--reported-only", is_flag=True, help="Show what papers printed alone; no runs are looked at.")
@json_option
def build(
    runs: Path, out: Path, boards: tuple[str, ...], formats: str, reported_only: bool, as_json: bool
) -> None:
    """Write one page a board, and an index.

    Boards of papers come from installed leaderboards. Beside them stands one board for each dataset, edition
    and protocol that runs were scored under: a new model appears there without being listed anywhere, and so
    do the columns that hook plugins add.
    """
    from vsumbench.leaderboard.pages import write_site

    chosen = _formats(formats)
    site, warnings = _site(runs, reported_only, extra_columns=True)
    try:
        tables = site.tables(boards)
        files = write_site(tables, out, chosen, site.store)
    finally:
        if site.store is not None:
            site.store.close()
    warnings += site.warnings
    if as_json:
        print_json(
            {
                "out": out,
                "files": [file.name for file in files],
                "boards": [{"id": table.id, "kind": table.kind, "title": table.title} for table in tables],
                "warnings": warnings,
            }
        )
        return
    _warn(warnings)
    from vsumbench.leaderboard.words import summary

    for table in tables:
        click.echo(f"{table.id}: {summary(table)}")
    click.echo(f"{len(files)} files in {out}")


@command.command("list")
@runs_option
@json_option
def list_boards(runs: Path, as_json: bool) -> None:
    """List the boards there are: those of papers, and those the runs give rise to."""
    # A machine without runs still has the boards of papers.
    site, warnings = _site(runs, reported_only=not runs.is_dir())
    if site.store is not None:
        site.store.close()
    entries = [
        {"id": board.id, "kind": "paper", "title": board.title, "leaderboard": board.leaderboard.id}
        for board in site.library.boards
    ]
    entries += [
        {"id": key.id, "kind": "standing", "title": f"{key.dataset}, {key.edition}, {key.protocol}"}
        for key in site.standing
    ]
    if as_json:
        print_json({"boards": entries, "reported_numbers": len(site.library.reported), "warnings": warnings})
        return
    _warn(warnings)
    for entry in entries:
        click.echo(f"{entry['id']}  {entry['kind']}  {entry['title']}")
    if not entries:
        click.echo("No boards: no leaderboard is installed, and there are no runs.")


@command.command("check")
@json_option
def check(as_json: bool) -> None:
    """Check the numbers and boards of installed leaderboards.

    Says which reported number differs from what was transcribed, which boards name rows or columns nothing
    is printed in, and which numbers no board shows. Exits with 80 where anything is wrong.
    """
    from vsumbench.errors import VerificationError
    from vsumbench.leaderboard.checking import check_leaderboards
    from vsumbench.plugins import Kind, default_plugins

    specs, broken = default_plugins().specs(Kind.LEADERBOARD)
    checked = check_leaderboards(specs)
    problems = [*(str(problem) for problem in broken), *checked.problems]
    if as_json:
        print_json({"numbers": checked.numbers, "boards": checked.boards, "problems": problems})
    else:
        for line in problems:
            click.echo(f"problem: {line}")
        many = f"{checked.numbers} reported numbers and {checked.boards} boards"
        click.echo(f"{many} checked: {len(problems)} problem{'s' * (len(problems) != 1)}")
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise VerificationError(
            f"the leaderboards do not verify: {problems[0]}{more}.",
            "Correct the file it names, or reinstall the leaderboard's package.",
        )


@command.command("open")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("site"),
    show_default=True,
    help="Folder that `build` wrote.",
)
@click.option("--board", metavar="ID", help="Open this board; the index if none is named.")
@click.option("--print", "only_print", is_flag=True, help="Print the page's address, and open nothing.")
def open_(out: Path, board: str | None, only_print: bool) -> None:
    """Open the built pages in the browser of this machine. No server is started."""
    page = out / f"{board or 'index'}.html"
    if board is not None and Path(board).name != board:
        raise UsageError(
            f"--board is {board!r}, which is no id of a board.", "See `vsumbench leaderboard list`."
        )
    if not page.is_file():
        from vsumbench.errors import DataMissingError, close_matches

        there = sorted(path.stem for path in out.glob("*.html"))
        near = close_matches(board or "", there, limit=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise DataMissingError(
            f"{page} is not there.", f"{hint}Build the pages with `vsumbench leaderboard build --out {out}`."
        )
    address = page.resolve().as_uri()
    click.echo(address)
    if not only_print and click.launch(address) != 0:
        raise UsageError("no browser could be started.", f"Open {address} in one.")


def _site(runs: Path, reported_only: bool, *, extra_columns: bool = False) -> tuple[Site, list[str]]:
    from vsumbench.leaderboard.catalog import Catalog
    from vsumbench.leaderboard.extra import gather
    from vsumbench.leaderboard.pages import Site, load_library
    from vsumbench.plugins import Kind, default_plugins
    from vsumbench.store.records import Store

    plugins = default_plugins()
    specs, problems = plugins.specs(Kind.LEADERBOARD)
    library = load_library(specs)
    store: Store | None = None if reported_only else Store(runs)
    warnings = [
        *(str(problem) for problem in problems),
        *library.problems,
        *(store.warnings if store is not None else ()),
    ]
    # Hook plugins are imported only where there are boards to put their columns on.
    wanted = extra_columns and store is not None and len(store) > 0
    columns, wrong = gather(plugins.hooks().collect_named("board_columns") if wanted else ())
    return Site(library, store, Catalog(plugins), columns), [*warnings, *wrong]


def _formats(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _FORMATS:
            raise UsageError(f"--format has {name!r}, which is not known.", f"Known: {', '.join(_FORMATS)}.")
    if not names:
        raise UsageError("--format is empty.", f"Known: {', '.join(_FORMATS)}.")
    return names


def _warn(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(f"vsumbench: {line}", err=True)
