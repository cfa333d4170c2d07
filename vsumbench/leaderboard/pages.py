"""From boards to files: which tables there are, and one file a table and format, with an index beside."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.errors import DiskFullError, PluginError, StorageError, UnknownNameError
from vsumbench.hookspecs import BoardColumn
from vsumbench.store.records import Store
from vsumbench.store.reported import ReportedNumber, load_reported

from . import html, markdown
from .build import PaperBuilder
from .catalog import Catalog
from .extra import compute
from .json_ import render_json
from .spec import BoardSpec
from .specfile import load_boards
from .standing import StandingKey, build_standing, standing_keys
from .table import Table

FORMATS = {"html": ".html", "markdown": ".md", "json": ".json"}


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
        warnings: after `tables`, one line for each of those columns that could not be used or computed.
    """

    library: Library
    store: Store | None
    catalog: Catalog
    columns: Sequence[BoardColumn] = ()
    warnings: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        stored = () if self.store is None else self.store.query(status="complete")
        self._standing = {key.id: (key, runs) for key, runs in standing_keys(stored).items()}

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
        builder = PaperBuilder(self.library.reported, self.store, self.catalog)
        chosen = set(wanted or self.ids)
        tables = [builder.build(board) for board in self.library.boards if board.id in chosen]
        standing = [(key, runs) for key, runs in self._standing.values() if key.id in chosen]
        # Once for all boards: a run scored under several protocols is on several of them.
        extras = compute(self.columns, (one for _, runs in standing for one in runs))
        self.warnings = extras.warnings
        return tables + [build_standing(key, runs, self.catalog, extras) for key, runs in standing]


def write_site(tables: Sequence[Table], out: Path, formats: Sequence[str]) -> list[Path]:
    """Write each table in each format, and an index in those that people read. Returns the files, in order.

    Raises:
        StorageError: the folder cannot be written.
    """
    pages: dict[str, str] = {}
    if "html" in formats:
        pages["index.html"] = html.render_index(tables)
        pages |= {f"{table.id}.html": html.render_html(table, index="index.html") for table in tables}
    if "markdown" in formats:
        pages["index.md"] = markdown.render_index(tables)
        pages |= {f"{table.id}.md": markdown.render_markdown(table, index="index.md") for table in tables}
    if "json" in formats:
        pages |= {f"{table.id}.json": render_json(table) for table in tables}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            _write(out / name, text)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (DiskFullError if full else StorageError)(
            f"{out} cannot be written: {error.strerror or error}.", "Name another folder with --out."
        ) from None
    return [out / name for name in pages]


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a reader of the page never meets half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
