"""Reported numbers: what a paper printed, with its source cell. Another source kind beside measured runs.

They live in the leaderboard distributions, one `reported.csv` a paper, and nowhere else.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.errors import PluginError, close_matches

REPORTED_FILE = "reported.csv"
UNKNOWN = "unknown"
"""The protocol of a number whose paper does not settle it: shown, never judged."""

PrintedScale = Literal["percent", "fraction", "correlation", "nist", "hours", "ms", "count"]


@dataclass(frozen=True, kw_only=True)
class ReportedNumber:
    """One number of one table cell.

    Attributes:
        paper: id of the leaderboard that holds it.
        table, row: where it stands, as printed.
        model, variant: canonical name of the method; both empty where the row is no method.
        dataset, task, metric: canonical names.
        value: the text as printed, with its precision.
        scale: what the printed value means.
        protocol: canonical name, `unknown`, or `none` where no protocol applies.
        quoted_from: where the paper copied it from, or empty.
        same_as: key of the cell that prints the same measurement, or empty.
        note: what a reader of the number must know.
    """

    paper: str
    table: str
    row: str
    model: str
    variant: str
    dataset: str
    task: str
    metric: str
    value: str
    scale: PrintedScale
    protocol: str
    quoted_from: str = ""
    same_as: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """`paper:table:row:dataset:metric`, unique over all papers."""
        return ":".join((self.paper, self.table, self.row, self.dataset, self.metric))

    @property
    def number(self) -> Decimal:
        """The printed value, exactly."""
        return Decimal(self.value)

    @property
    def source(self) -> str:
        """The source cell in words."""
        return f"{self.paper}, Table {self.table}, row {self.row!r}"


_COLUMNS = (
    *("table", "row", "model", "variant", "dataset", "task", "metric", "value", "scale"),
    *("protocol", "quoted_from", "same_as", "note"),
)
_VALUE = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MAY_BE_EMPTY = {"model", "variant", "quoted_from", "same_as", "note"}


def load_reported(specs: Iterable[LeaderboardSpec]) -> tuple[ReportedNumber, ...]:
    """Every reported number of these leaderboards, in the order given and of their files.

    Raises:
        PluginError: a file is missing, or a line is no reported number; the message names file and line.
    """
    found: dict[str, ReportedNumber] = {}
    for spec in specs:
        for number in _read(spec):
            if number.key in found:
                raise PluginError(f"leaderboard {spec.id!r}: {number.key!r} stands twice in {REPORTED_FILE}.")
            found[number.key] = number
    papers = {number.paper for number in found.values()}
    for number in found.values():
        target = number.same_as
        if target and target.partition(":")[0] in papers and (target not in found or target == number.key):
            near = close_matches(target, found, limit=1)
            raise PluginError(
                f"leaderboard {number.paper!r}: {number.key!r} is said to be {target!r}, which is no cell.",
                f"Did you mean {near[0]!r}?" if near else "",
            )
    return tuple(found.values())


def same_measurement(numbers: Iterable[ReportedNumber]) -> dict[str, tuple[ReportedNumber, ...]]:
    """Key of a number → every cell that prints the same measurement, itself included, in the order given."""
    numbers = tuple(numbers)
    parent = {number.key: number.key for number in numbers}

    def root(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    for number in numbers:
        if number.same_as in parent:
            parent[root(number.key)] = root(number.same_as)
    groups: dict[str, list[ReportedNumber]] = {}
    for number in numbers:
        groups.setdefault(root(number.key), []).append(number)
    return {number.key: tuple(groups[root(number.key)]) for number in numbers}


def read_package_text(package: str, *parts: str) -> str:
    """The text of a data file of an installed package.

    Raises:
        PluginError: no such package or file, or it is not UTF-8.
    """
    from importlib.resources import files

    try:
        return files(package).joinpath(*parts).read_text(encoding="utf-8")
    except ModuleNotFoundError:
        raise PluginError(f"package {package!r}, named by a leaderboard, cannot be imported.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PluginError(f"package {package!r}: {'/'.join(parts)} cannot be read: {error}.") from None


def _read(spec: LeaderboardSpec) -> Iterator[ReportedNumber]:
    lines = read_package_text(spec.package, REPORTED_FILE).splitlines()
    rows = csv.reader(lines, strict=True)
    where = f"leaderboard {spec.id!r}: {REPORTED_FILE}"
    try:
        header = tuple(next(rows, ()))
        if header != _COLUMNS:
            raise PluginError(f"{where} has the columns {', '.join(header)}; expected {', '.join(_COLUMNS)}.")
        for row in rows:
            yield _number(spec.id, row, f"{where} line {rows.line_num}")
    except csv.Error as error:
        raise PluginError(f"{where} line {rows.line_num}: {error}.") from None


def _number(paper: str, row: list[str], where: str) -> ReportedNumber:
    if len(row) != len(_COLUMNS):
        raise PluginError(f"{where} has {len(row)} fields, expected {len(_COLUMNS)}.")
    fields = dict(zip(_COLUMNS, row, strict=True))
    for name, text in fields.items():
        if not text and name not in _MAY_BE_EMPTY:
            raise PluginError(f"{where}: {name} is empty.")
    if not _VALUE.fullmatch(fields["value"]):
        what = f"value {fields['value']!r} is not a number"
        raise PluginError(f"{where}: {what}.", "Write it exactly as printed.")
    if fields["scale"] not in get_args(PrintedScale):
        known = ", ".join(get_args(PrintedScale))
        raise PluginError(f"{where}: scale {fields['scale']!r} is not known.", f"One of {known}.")
    return ReportedNumber(paper=paper, **fields)  # type: ignore[arg-type]
