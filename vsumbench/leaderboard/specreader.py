"""Reading a mapping of YAML key by key: what is wrong in it is said with its path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from vsumbench.errors import PluginError, close_matches


class Loader(yaml.SafeLoader):
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


class Reader:
    """A mapping of the file, read key by key; `done` refuses what was not asked for."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise PluginError(f"{where} is {kind_of(value)}, expected a mapping.")
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
            raise self.fail(key, f"is {kind_of(found)}, expected text", "Quote it if it looks like a number.")
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
            raise self.fail(key, f"is {kind_of(found)}, expected true or false")
        return found

    def sequence(self, key: str, *, required: bool = True) -> list[Any]:
        """A list; not empty if it is required."""
        found = self.get(key, ... if required else [])
        if not isinstance(found, list) or (required and not found):
            raise self.fail(key, f"is {kind_of(found)}, expected a list" + " with entries" * required)
        return found

    def names(self, key: str, known: Iterable[str], *, required: bool = False) -> tuple[str, ...]:
        """A list of names, each one of `known`."""
        known = list(known)
        found = self.sequence(key, required=required)
        for name in found:
            if name not in known:
                raise self.fail(key, f"names {name!r}, which is not there", nearest(str(name), known))
        return tuple(found)

    def mapping(self, key: str) -> dict[str, str]:
        """Text by text."""
        found = self.get(key, {})
        if not isinstance(found, Mapping) or not all(
            isinstance(t, str) for pair in found.items() for t in pair
        ):
            raise self.fail(key, f"is {kind_of(found)}, expected names and texts")
        return dict(found)

    def done(self) -> None:
        """Refuse keys nobody asked for."""
        for key in self._value:
            if key not in self._asked:
                hint = nearest(str(key), self._asked) or f"Known keys: {', '.join(sorted(self._asked))}."
                raise PluginError(f"{self.where}: key {key!r} is not known.", hint)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint with the name nearest to one that is not known, or nothing."""
    near = close_matches(name, known, limit=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def kind_of(value: object) -> str:
    """What a value is, for a message."""
    if value is None or value == "":
        return "empty"
    return {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(
        type(value), repr(value)
    )
