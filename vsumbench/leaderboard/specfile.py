"""Reading board specs. Every key is known or refused, with its path and the nearest key there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import yaml

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.errors import PluginError
from vsumbench.store.reported import read_package_text

from .spec import (
    BoardSpec,
    ColumnSpec,
    FactSpec,
    GroupSpec,
    NoteSpec,
    ProfileSpec,
    ProxySpec,
    RowSpec,
)
from .specreader import Loader, Reader, nearest
from .table import Direction

SCHEMA = 1
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


def load_boards(spec: LeaderboardSpec) -> tuple[BoardSpec, ...]:
    """The boards of a leaderboard: tables in the order of their labels, then figures.

    Raises:
        PluginError: a file that is not a board spec; the message gives the file and the path within it.
    """
    from importlib.resources import files

    try:
        folder = files(spec.package).joinpath("boards")
        names = (
            sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml")) if folder.is_dir() else []
        )
    except ModuleNotFoundError:
        raise PluginError(
            f"package {spec.package!r} of leaderboard {spec.id!r} cannot be imported."
        ) from None
    boards = tuple(
        parse_board(read_package_text(spec.package, "boards", name), spec, where=f"{spec.id} boards/{name}")
        for name in names
    )
    for board in boards:
        if sum(other.id == board.id for other in boards) > 1:
            raise PluginError(f"leaderboard {spec.id!r}: two files in boards/ have the id {board.id!r}.")
    return tuple(sorted(boards, key=_place))


def _place(board: BoardSpec) -> tuple[bool, list[int], str]:
    label = board.label or f"Table {board.table}"
    return not label.startswith("Table"), [int(digits) for digits in re.findall(r"\d{1,9}", label)], board.id


def parse_board(text: str, leaderboard: LeaderboardSpec, *, where: str) -> BoardSpec:
    """A board spec from YAML text. `where` stands in front of every message.

    Raises:
        PluginError: not YAML, an unknown or missing key, a value of the wrong type, an id that stands twice.
    """
    try:
        content = yaml.load(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise PluginError(f"{where} is not a YAML document: {' '.join(str(error).split())}.") from None
    top = Reader(content, where)
    schema = top.get("schema")
    if schema != SCHEMA:
        raise top.fail("schema", f"is {schema!r}; this vsumbench reads {SCHEMA}", "Upgrade vsumbench.")
    board_id = top.text("id")
    if not _ID.fullmatch(board_id):
        raise top.fail("id", f"is {board_id!r}", "Use small letters, digits, dots, dashes and underscores.")
    kind = top.text("kind", "numbers")
    if kind not in ("numbers", "view"):
        raise top.fail("kind", f"is {kind!r}, expected numbers or view")
    # A view has no numbers, and so no columns of them; all else must have some.
    listed = top.sequence("columns", required=kind == "numbers")
    if kind == "view" and listed:
        raise top.fail("columns", "stand in a board of kind view, which has no numbers")
    columns = tuple(_each(listed, f"{where}: columns", _column))
    groups = tuple(_each(top.sequence("groups"), f"{where}: groups", lambda reader: _group(reader, columns)))
    _unique(where, "column id", [column.id for column in columns])
    found = [row for group in groups for row in group.rows]
    rows = [row.reported for row in found]
    _unique(where, "row", [" on ".join(filter(None, (row.reported, row.dataset))) for row in found])
    _check_datasets(where, columns, found, kind)
    board = BoardSpec(
        id=board_id,
        title=top.text("title"),
        caption=top.text("caption"),
        leaderboard=leaderboard,
        table=top.text("table"),
        columns=columns,
        groups=groups,
        split_set=top.text("split_set", ""),
        selection=top.text("selection", ""),
        notes=tuple(
            _each(
                top.sequence("notes", required=False),
                f"{where}: notes",
                lambda reader: _note(reader, [column.id for column in columns], rows),
            )
        ),
        label=top.text("label", ""),
        profile=_profile(top, columns),
        facts=tuple(_each(top.sequence("facts", required=False), f"{where}: facts", _fact)),
        kind=kind,  # type: ignore[arg-type]
    )
    top.done()
    return board


def _each(values: list[Any], where: str, read: Callable[[Reader], Any]) -> Iterator[Any]:
    for i, value in enumerate(values):
        reader = Reader(value, f"{where}[{i}]")
        yield read(reader)
        reader.done()


def _column(reader: Reader) -> ColumnSpec:
    direction = reader.text("direction", "")
    if direction and direction not in get_args(Direction):
        raise reader.fail("direction", f"is {direction!r}, expected higher or lower")
    return ColumnSpec(
        id=reader.text("id"),
        title=reader.text("title"),
        dataset=reader.text("dataset", ""),
        protocol=reader.text("protocol"),
        metric=reader.text("metric"),
        group=reader.text("group", ""),
        scale=reader.text("scale", ""),
        decimals=reader.integer("decimals"),
        direction=direction or None,  # type: ignore[arg-type]
        ours=reader.flag("ours"),
    )


def _fact(reader: Reader) -> FactSpec:
    return FactSpec(title=reader.text("title"), fact=reader.text("fact"))


def _profile(top: Reader, columns: tuple[ColumnSpec, ...]) -> ProfileSpec | None:
    if top.get("profile", None) is None:
        return None
    reader = Reader(top.get("profile"), f"{top.where}: profile")
    shape = reader.text("shape")
    if shape not in ("line", "radar", "bars"):
        raise reader.fail("shape", f"is {shape!r}, expected line, radar or bars")
    names = reader.names("columns", (column.id for column in columns), required=True)
    reader.done()
    return ProfileSpec(shape=shape, columns=names)  # type: ignore[arg-type]


def _proxy(reader: Reader, columns: tuple[ColumnSpec, ...]) -> ProxySpec | None:
    if reader.get("proxy", None) is None:
        return None
    inner = Reader(reader.get("proxy"), f"{reader.where}.proxy")
    proxy = ProxySpec(
        columns=inner.names("columns", (column.id for column in columns), required=True),
        dataset=inner.text("dataset"),
        protocol=inner.text("protocol"),
        reason=" ".join(inner.text("reason").split()).rstrip("."),
    )
    inner.done()
    return proxy


def _check_datasets(where: str, columns: tuple[ColumnSpec, ...], rows: list[RowSpec], kind: str) -> None:
    """Every cell is about one dataset: the column's or the row's."""
    for row in rows:
        if row.dataset and any(column.dataset for column in columns):
            raise PluginError(
                f"{where}: row {row.title!r} is about {row.dataset!r}, and the columns name datasets too.",
                "Name datasets in the rows or in the columns.",
            )
        if not row.dataset and (kind == "view" or any(not column.dataset for column in columns)):
            raise PluginError(f"{where}: row {row.title!r} names no dataset, and neither do all columns.")


def _group(reader: Reader, columns: tuple[ColumnSpec, ...]) -> GroupSpec:
    rows = _each(reader.sequence("rows"), f"{reader.where}.rows", lambda row: _row(row, columns))
    return GroupSpec(title=reader.text("title", ""), rows=tuple(rows))


def _row(reader: Reader, columns: tuple[ColumnSpec, ...]) -> RowSpec:
    title = reader.text("title")
    dataset = reader.text("dataset", "")
    # A row about a dataset need not be about a method.
    model, _, variant = (reader.text("model", "") if dataset else reader.text("model")).partition("@")
    protocols = reader.mapping("protocols")
    about = dict.fromkeys(column.dataset or dataset for column in columns)
    known = [*(column.id for column in columns), *about]
    for name in protocols:
        if name not in known:
            raise reader.fail("protocols", f"names {name!r}, no dataset or column here", nearest(name, known))
    proxy, reference = _proxy(reader, columns), reader.flag("reference")
    if proxy is not None and not reference:
        raise reader.fail("proxy", "stands on a row that is no reference row", "Ranked rows have none.")
    return RowSpec(
        title=title,
        model=model,
        variant=variant,
        reported=reader.text("reported", title),
        protocols=protocols,
        reference=reference,
        cannot_run=reader.text("cannot_run", ""),
        dataset=dataset,
        facts=reader.mapping("facts"),
        ours=reader.flag("ours"),
        proxy=proxy,
    )


def _note(reader: Reader, columns: list[str], rows: list[str]) -> NoteSpec:
    return NoteSpec(
        text=" ".join(reader.text("text").split()),
        columns=reader.names("columns", columns),
        rows=reader.names("rows", rows),
    )


def _unique(where: str, what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise PluginError(f"{where}: the {what} {name!r} stands twice.")
