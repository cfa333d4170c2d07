"""From boards to files: which tables there are, and one file a table and format, with an index beside."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.errors import DiskFullError, PluginError, StorageError, UnknownNameError
from vsumbench.hookspecs import BoardColumn
from vsumbench.store.records import Store, StoredRecord
from vsumbench.store.reported import ReportedNumber, load_reported

from . import markdown
from .analysing import Analyst, with_statistics
from .build import PaperBuilder
from .catalog import Catalog
from .csv_ import render_csv
from .extra import compute
from .json_ import render_json
from .latex import render_latex
from .site_files import board_pages, other_files, records_behind
from .spec import BoardSpec
from .specfile import load_boards
from .standing import StandingKey, build_standing, standing_keys
from .table import Table

FORMATS = {"html": ".html", "markdown": ".md", "latex": ".tex", "csv": ".csv", "json": ".json"}


@dataclass(frozen=True)
class Library:
    """Boards and reported numbers of the installed leaderboards; one line for each that cannot be used."""

    boards: tuple[BoardSpec, ...] = ()
    reported: tuple[ReportedNumber, ...] = ()
    problems: tuple[str, ...] = ()
    leaderboards: tuple[LeaderboardSpec, ...] = field(default=())


def load_library(specs: Sequence[LeaderboardSpec]) -> Library:
    """Read every leaderboard, in the order of sort keys. A broken one is a problem and stops nothing."""
    boards: list[BoardSpec] = []
    usable: list[LeaderboardSpec] = []
    problems: list[str] = []
    for spec in sorted(specs, key=lambda spec: (spec.sort_key, spec.id)):
        try:
            found = load_boards(spec)
            load_reported([spec])
        except PluginError as error:
            problems.append(" ".join(str(error).split()))
            continue
        taken = {board.id for board in boards}
        problems += [
            f"board {b.id!r} of leaderboard {spec.id!r} is left out: its id is taken."
            for b in found
            if b.id in taken
        ]
        boards += [board for board in found if board.id not in taken]
        usable.append(spec)
    try:
        reported = load_reported(usable)
    except PluginError as error:
        # Each is sound alone and two disagree: a number of one names a cell the other does not have.
        problems.append(" ".join(str(error).split()))
        return Library(problems=tuple(problems))
    return Library(tuple(boards), reported, tuple(problems), tuple(usable))


@dataclass
class Site:
    """The tables that can be built.

    Args:
        library: boards and reported numbers.
        store: measured runs; None for what is printed alone.
        catalog: the installed plugins.
        columns: what plugins add to standing boards.

    Attributes:
        warnings: after `tables`, one line for each of those columns that could not be used or computed, for
            each file of dataset statistics that cannot be read, and for each of scores by video that is not
            what was sealed.
    """

    library: Library
    store: Store | None
    catalog: Catalog
    columns: Sequence[BoardColumn] = ()
    warnings: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        self._complete = () if self.store is None else self.store.query(status="complete")
        self._standing = {key.id: (key, runs) for key, runs in standing_keys(self._complete).items()}

    @property
    def ids(self) -> tuple[str, ...]:
        """Boards of papers, then standing boards."""
        return (*(board.id for board in self.library.boards), *self._standing)

    @property
    def standing(self) -> tuple[StandingKey, ...]:
        """What standing boards there are."""
        return tuple(key for key, _ in self._standing.values())

    def tables(self, wanted: Sequence[str] = ()) -> list[Table]:
        """The tables with these ids, in the order of `ids`; all when none is named.

        Raises:
            UnknownNameError: there is no board of this name.
        """
        for name in wanted:
            if name not in self.ids:
                raise UnknownNameError.about("board", name, self.ids, where="vsumbench leaderboard list")
        analyst = None if self.store is None else Analyst(self._complete, self.store.runs, self.catalog)
        builder = PaperBuilder(self.library.reported, self.store, self.catalog)
        chosen = set(wanted or self.ids)
        tables = [builder.build(board) for board in self.library.boards if board.id in chosen]
        standing = [(key, runs) for key, runs in self._standing.values() if key.id in chosen]
        # Once for all boards: a run scored under several protocols is on several of them.
        extras = compute(self.columns, (one for _, runs in standing for one in runs))
        tables += [build_standing(key, runs, self.catalog, extras) for key, runs in standing]
        done = [with_statistics(table, analyst) for table in tables]
        self.warnings = (
            *builder.warnings,
            *extras.warnings,
            *(analyst.warnings if analyst is not None else ()),
        )
        return done


def write_site(
    tables: Sequence[Table], out: Path, formats: Sequence[str], store: Store | None = None
) -> list[Path]:
    """Write each table in each format, and an index in those that people read.

    Args:
        tables: what to show.
        out: the folder; made where it is not there.
        formats: of `FORMATS`.
        store: where the runs behind the tables are; with it, HTML has a page for each of them.

    Returns:
        the files of boards and indexes, in order. Those they lead to and load lie in `runs/` and `assets/`.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        stored = records_behind(tables, store) if "html" in formats else {}
        written = [_write(out / name, text) for name, text in _pages(tables, formats, stored)]
        if "html" in formats:
            for name, content in other_files(tables, store, stored):
                _write(out / name, content)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (DiskFullError if full else StorageError)(
            f"{out} cannot be written: {error.strerror or error}.", "Name another folder with --out."
        ) from None
    return written


def _pages(
    tables: Sequence[Table], formats: Sequence[str], stored: Mapping[str, StoredRecord]
) -> Iterator[tuple[str, str]]:
    if "html" in formats:
        yield from board_pages(tables, stored)
    if "markdown" in formats:
        yield "index.md", markdown.render_index(tables)
        for table in tables:
            yield f"{table.id}.md", markdown.render_markdown(table, index="index.md")
    for name, render in (("latex", render_latex), ("csv", render_csv), ("json", render_json)):
        if name in formats:
            for table in tables:
                yield f"{table.id}{FORMATS[name]}", render(table)


def _write(path: Path, content: str | bytes) -> Path:
    """Whole or not at all: a reader of the page never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode("utf-8") if isinstance(content, str) else content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
