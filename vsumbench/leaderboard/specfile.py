"""Reading board specs. Every key is known or refused, with its path and the nearest key there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

import yaml

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.errors import PluginError, close_matches
from vsumbench.store.reported import read_package_text

from .spec import BoardSpec, ColumnSpec, GroupSpec, NoteSpec, RowSpec
from .table import Direction

SCHEMA = 1
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


class _Loader(yaml.SafeLoader):
    """The safe loader, refusing a key written twice: YAML would keep the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} stands twice", key.start_mark
                )
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Reader:
    """A mapping of the file, read key by key; `done` refuses what was not asked for."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise PluginError(f"{where} is {_kind(value)}, expected a mapping.")
        self._value, self.where = value, where
        self._asked: list[str] = []

    def fail(self, key: str, what: str, hint: str = "") -> PluginError:
        """An error about one key."""
        return PluginError(f"{self.where}: {key} {what}.", hint)

    def get(self, key: str, default: object = ...) -> object:
        """The raw value; `...` as the default means it must be there."""
        self._asked.append(key)
        if key not in self._value:
            if default is ...:
                raise PluginError(f"{self.where}: {key!r} is missing.")
            return default
        return self._value[key]

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty string; empty only as the default."""
        found = self.get(key, ... if default is None else default)
        if not isinstance(found, str) or (key in self._value and not found.strip()):
            raise self.fail(key, f"is {_kind(found)}, expected text", "Quote it if it looks like a number.")
        return found.strip()

    def integer(self, key: str) -> int | None:
        """An integer from 0 to 9, or None if it is not given."""
        found = self.get(key, None)
        if found is not None and (type(found) is not int or not 0 <= found <= 9):
            raise self.fail(key, f"is {found!r}, expected an integer from 0 to 9")
        return found if isinstance(found, int) else None

    def flag(self, key: str) -> bool:
        """True or false; false if it is not given."""
        found = self.get(key, False)
        if not isinstance(found, bool):
            raise self.fail(key, f"is {_kind(found)}, expected true or false")
        return found

    def sequence(self, key: str, *, required: bool = True) -> list[Any]:
        """A list; not empty if it is required."""
        found = self.get(key, ... if required else [])
        if not isinstance(found, list) or (required and not found):
            raise self.fail(key, f"is {_kind(found)}, expected a list" + " with entries" * required)
        return found

    def names(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of names, each one of `known`."""
        known = list(known)
        found = self.sequence(key, required=False)
        for name in found:
            if name not in known:
                raise self.fail(key, f"names {name!r}, which is not there", _nearest(str(name), known))
        return tuple(found)

    def mapping(self, key: str) -> dict[str, str]:
        """Text by text."""
        found = self.get(key, {})
        if not isinstance(found, Mapping) or not all(
            isinstance(t, str) for pair in found.items() for t in pair
        ):
            raise self.fail(key, f"is {_kind(found)}, expected names and texts")
        return dict(found)

    def done(self) -> None:
        """Refuse keys nobody asked for."""
        for key in self._value:
            if key not in self._asked:
                hint = _nearest(str(key), self._asked) or f"Known keys: {', '.join(sorted(self._asked))}."
                raise PluginError(f"{self.where}: key {key!r} is not known.", hint)


def load_boards(spec: LeaderboardSpec) -> tuple[BoardSpec, ...]:
    """The boards of a leaderboard, in the order of their files' names.

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
    return boards


def parse_board(text: str, leaderboard: LeaderboardSpec, *, where: str) -> BoardSpec:
    """A board spec from YAML text. `where` stands in front of every message.

    Raises:
        PluginError: not YAML, an unknown or missing key, a value of the wrong type, an id that stands twice.
    """
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise PluginError(f"{where} is not a YAML document: {' '.join(str(error).split())}.") from None
    top = _Reader(content, where)
    schema = top.get("schema")
    if schema != SCHEMA:
        raise top.fail("schema", f"is {schema!r}; this vsumbench reads {SCHEMA}", "Upgrade vsumbench.")
    board_id = top.text("id")
    if not _ID.fullmatch(board_id):
        raise top.fail("id", f"is {board_id!r}", "Use small letters, digits, dots, dashes and underscores.")
    columns = tuple(_each(top.sequence("columns"), f"{where}: columns", _column))
    groups = tuple(_each(top.sequence("groups"), f"{where}: groups", lambda reader: _group(reader, columns)))
    _unique(where, "column id", [column.id for column in columns])
    rows = [row.reported for group in groups for row in group.rows]
    _unique(where, "row", rows)
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
    )
    top.done()
    return board


def _each(values: list[Any], where: str, read: Callable[[_Reader], Any]) -> Iterator[Any]:
    for i, value in enumerate(values):
        reader = _Reader(value, f"{where}[{i}]")
        yield read(reader)
        reader.done()


def _column(reader: _Reader) -> ColumnSpec:
    direction = reader.text("direction", "")
    if direction and direction not in get_args(Direction):
        raise reader.fail("direction", f"is {direction!r}, expected higher or lower")
    return ColumnSpec(
        id=reader.text("id"),
        title=reader.text("title"),
        dataset=reader.text("dataset"),
        protocol=reader.text("protocol"),
        metric=reader.text("metric"),
        group=reader.text("group", ""),
        scale=reader.text("scale", ""),
        decimals=reader.integer("decimals"),
        direction=direction or None,  # type: ignore[arg-type]
    )


def _group(reader: _Reader, columns: tuple[ColumnSpec, ...]) -> GroupSpec:
    rows = _each(reader.sequence("rows"), f"{reader.where}.rows", lambda row: _row(row, columns))
    return GroupSpec(title=reader.text("title", ""), rows=tuple(rows))


def _row(reader: _Reader, columns: tuple[ColumnSpec, ...]) -> RowSpec:
    title = reader.text("title")
    model, _, variant = reader.text("model").partition("@")
    protocols = reader.mapping("protocols")
    known = [*(column.id for column in columns), *dict.fromkeys(column.dataset for column in columns)]
    for name in protocols:
        if name not in known:
            raise reader.fail(
                "protocols", f"names {name!r}, no dataset or column here", _nearest(name, known)
            )
    return RowSpec(
        title=title,
        model=model,
        variant=variant,
        reported=reader.text("reported", title),
        protocols=protocols,
        reference=reader.flag("reference"),
        cannot_run=reader.text("cannot_run", ""),
    )


def _note(reader: _Reader, columns: list[str], rows: list[str]) -> NoteSpec:
    return NoteSpec(
        text=" ".join(reader.text("text").split()),
        columns=reader.names("columns", columns),
        rows=reader.names("rows", rows),
    )


def _unique(where: str, what: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise PluginError(f"{where}: the {what} {name!r} stands twice.")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = close_matches(name, known, limit=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _kind(value: object) -> str:
    if value is None or value == "":
        return "empty"
    return {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(
        type(value), repr(value)
    )
