"""Columns that hook plugins add to standing boards: gathered, checked, and computed once a record.

A plugin's column never stops a board: what cannot be used is left out, or leaves its cell empty, and costs
one warning line a column.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Literal

from vsumbench.hookspecs import BoardColumn
from vsumbench.importing import one_line
from vsumbench.store.records import StoredRecord

from .table import ExtraCell, ExtraColumn, ExtraValue

LONGEST = 80
"""Characters of a text in a cell; a longer one ends in an ellipsis."""

_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_MOST_DIGITS = 12


@dataclass(frozen=True)
class Extras:
    """Extra columns and what stands in them.

    Attributes:
        columns: the columns, in order.
        values: run folder → its record's value in each column.
        warnings: one line for each column that is left out or could not be computed for some record.
    """

    columns: tuple[ExtraColumn, ...] = ()
    values: Mapping[str, tuple[ExtraValue, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def cells(self, stored: Sequence[StoredRecord]) -> tuple[ExtraCell, ...]:
        """The cells of a row, which stands for these runs: a mean where all values are numbers, else that of
        the run that finished last."""
        newest = max(stored, key=lambda one: (one.record.timing.finished, one.folder))
        cells = []
        for i, column in enumerate(self.columns):
            value = self.values[newest.folder][i]
            numbers = [v for one in stored if isinstance(v := self.values[one.folder][i], float)]
            if len(numbers) == len(stored):
                value = statistics.mean(numbers)
            cells.append(ExtraCell(column=column.id, value=value))
        return tuple(cells)


NOTHING = Extras()
"""No extra columns."""


def gather(answers: Iterable[tuple[str, Any]]) -> tuple[tuple[BoardColumn, ...], tuple[str, ...]]:
    """The columns in what hook plugins answered, each with its plugin's name, and a line for anything else.

    Args:
        answers: the name of a plugin and what its `board_columns` returned.
    """
    columns: list[BoardColumn] = []
    warnings: list[str] = []
    for plugin, answer in answers:
        try:
            found = [answer] if isinstance(answer, BoardColumn) else list(answer)
        except Exception as error:
            warnings.append(f"hook board_columns of plugin {plugin} gave no list: {one_line(error)}")
            continue
        wrong = [one for one in found if not isinstance(one, BoardColumn)]
        if wrong:
            what = type(wrong[0]).__name__
            warnings.append(
                f"hook board_columns of plugin {plugin} gave {what!r} where a BoardColumn belongs."
            )
        columns += [replace(one, plugin=plugin) for one in found if isinstance(one, BoardColumn)]
    return tuple(columns), tuple(warnings)


def compute(columns: Sequence[BoardColumn], stored: Iterable[StoredRecord]) -> Extras:
    """The values of all usable columns for these runs, each record asked once a column.

    A column is left out where its id is that of an earlier one or of a measured column, or where it is not
    what `BoardColumn` says. A value that raises, or is none of what a cell may hold, leaves an empty cell.
    """
    if not columns:
        return NOTHING
    runs = sorted({one.folder: one for one in stored}.values(), key=lambda one: one.folder)
    owners = {score.metric: "a measured column" for one in runs for score in one.record.scores}
    usable: list[ExtraColumn] = []
    values: list[list[ExtraValue]] = []
    warnings: list[str] = []
    for column in columns:
        name = f"column {column.id!r}" + f" of plugin {column.plugin}" * bool(column.plugin)
        why = _fault(column) or (f"its id is that of {owners[column.id]}" if column.id in owners else "")
        if why:
            warnings.append(f"{name} is left out: {why}.")
            continue
        owners[column.id] = f"a column of plugin {column.plugin}" if column.plugin else "an earlier column"
        usable.append(_heading(column))
        found, errors = _values(column, runs)
        values.append(found)
        if errors:
            many = f"{len(errors)} run{'s' * (len(errors) != 1)}"
            warnings.append(f"{name} is empty for {many}: {one_line(errors[0])}")
    by_run = zip(*values, strict=True) if values else ((),) * len(runs)
    table = {one.folder: tuple(row) for one, row in zip(runs, by_run, strict=True)}
    return Extras(tuple(usable), table, tuple(warnings))


def _values(column: BoardColumn, runs: Sequence[StoredRecord]) -> tuple[list[ExtraValue], list[Exception]]:
    """The value for each run, None where it cannot be had, and why not."""
    values: list[ExtraValue] = []
    errors: list[Exception] = []
    for one in runs:
        try:
            values.append(_checked(column.value(one.record)))
        except Exception as error:
            values.append(None)
            errors.append(error)
    return values, errors


def _checked(value: object) -> ExtraValue:
    """A finite number, a text fit for a cell, or None.

    Raises:
        TypeError: it is something else.
        ValueError: the number is not finite, or the text cannot be written as UTF-8.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = _plain(value)
        return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") or None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"the value is a {type(value).__name__}, expected a number, a short text or None")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"the value is {number}, expected a finite number")
    return number


def _plain(text: str) -> str:
    """The text on one line, without control characters. Raises `ValueError` if UTF-8 cannot hold it."""
    text.encode("utf-8")
    return _CONTROL.sub(" ", text).strip()


def _fault(column: BoardColumn) -> str:
    """Why a column cannot be shown; empty if it can."""
    for name, text in (("id", column.id), ("title", column.title)):
        try:
            empty = not isinstance(text, str) or not _plain(text)
        except ValueError as error:
            return f"its {name} cannot be written: {error}"
        if empty:
            return f"its {name} is {text!r}, expected a text"
    if column.direction not in ("none", "higher", "lower"):
        return f"its direction is {column.direction!r}, expected none, higher or lower"
    if type(column.digits) is not int or not 0 <= column.digits <= _MOST_DIGITS:
        return f"its digits is {column.digits!r}, expected a whole number from 0 to {_MOST_DIGITS}"
    if not callable(column.value):
        return "its value cannot be called"
    return ""


def _heading(column: BoardColumn) -> ExtraColumn:
    ways: dict[str, Literal["none", "higher", "lower"]] = {"higher": "higher", "lower": "lower"}
    return ExtraColumn(
        id=column.id,
        title=_plain(column.title),
        direction=ways.get(column.direction, "none"),
        digits=column.digits,
        plugin=column.plugin,
    )
