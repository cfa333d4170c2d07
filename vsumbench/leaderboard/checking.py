"""Checks of leaderboards: that numbers are those printed, and that boards show them where they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.entrypoints import Kind, scan
from vsumbench.errors import VsumbenchError
from vsumbench.first_party import first_party_names
from vsumbench.store.reported import ReportedNumber, load_reported, same_measurement

from .digests import changed
from .spec import BoardSpec
from .specfile import load_boards
from .transcribed import differences, transcription


@dataclass(frozen=True)
class Checked:
    """What a check of leaderboards found: how much there is, and one line for each problem."""

    numbers: int
    boards: int
    problems: tuple[str, ...]


def check_leaderboards(specs: Sequence[LeaderboardSpec]) -> Checked:
    """Check every number and board of these leaderboards.

    A leaderboard that cannot be read is a problem and does not hide those of others.
    """
    problems: list[str] = []
    usable: list[LeaderboardSpec] = []
    boards: list[BoardSpec] = []
    for spec in specs:
        try:
            found = load_boards(spec)
            load_reported([spec])
        except VsumbenchError as error:
            problems.append(_line(error))
        else:
            usable.append(spec)
            boards += found
    try:
        numbers = load_reported(usable)
    except VsumbenchError as error:
        return Checked(0, len(boards), (*problems, _line(error)))
    problems += _numbers(usable, numbers)
    names = _known_models()
    for board in boards:
        problems += _board(board, numbers, names)
    problems += _unshown(boards, numbers)
    return Checked(len(numbers), len(boards), tuple(dict.fromkeys(problems)))


def check_reported(specs: Sequence[LeaderboardSpec]) -> list[str]:
    """The problems alone."""
    return list(check_leaderboards(specs).problems)


def _numbers(specs: Sequence[LeaderboardSpec], numbers: Sequence[ReportedNumber]) -> Iterator[str]:
    """Changed by hand, or unlike the transcription, or unlike the number they are said to be."""
    for spec in specs:
        try:
            yield from changed(spec, numbers)
        except VsumbenchError as error:
            yield _line(error)
    path = transcription()
    if path is not None:
        try:
            yield from differences(path, [spec.id for spec in specs], numbers)
        except (VsumbenchError, OSError, ValueError) as error:
            yield f"the transcription cannot be compared: {' '.join(str(error).split())}"
    for group in same_measurement(numbers).values():
        first = group[0]
        for other in group[1:]:
            if (other.number, other.metric, other.scale) != (first.number, first.metric, first.scale):
                yield (
                    f"{other.key} and {first.key} are said to be one measurement, and are "
                    f"{other.value} {other.scale} and {first.value} {first.scale}"
                )


def _board(board: BoardSpec, numbers: Sequence[ReportedNumber], models: frozenset[str]) -> Iterator[str]:
    """Names a board claims and nothing stands behind."""
    where = f"board {board.id!r}"
    by_key = {number.key: number for number in numbers}
    for row in board.rows:
        if row.model and row.model.partition("[")[0] not in models:
            yield f"{where}: the model {row.model!r} of row {row.title!r} is not known"
        found = [n for column in board.columns if (n := by_key.get(board.key(row, column))) is not None]
        if board.kind == "numbers" and not found and not row.ours:
            yield f"{where}: nothing is printed in row {row.reported!r}; if it is ours, write `ours: true`"
        for number in found:
            if row.ours:
                yield f"{where}: row {row.title!r} is said to be ours, and {number.key} is printed"
            if (number.model, number.variant) != (row.model, row.variant):
                yield (
                    f"{where}: row {row.title!r} is {row.model}@{row.variant}, and {number.key} is "
                    f"{number.model}@{number.variant}"
                )
    for column in board.columns:
        printed = any(board.key(row, column) in by_key for row in board.rows)
        if not printed and not column.ours:
            yield f"{where}: nothing is printed in column {column.id!r}; if it is ours, write `ours: true`"
        if printed and column.ours:
            yield f"{where}: column {column.id!r} is said to be ours, and numbers of it are printed"


def _unshown(boards: Sequence[BoardSpec], numbers: Sequence[ReportedNumber]) -> Iterator[str]:
    """Numbers that stand in no cell of the board of their table, or in several."""
    shown = Counter(
        board.key(row, column)
        for board in boards
        if board.is_table
        for row in board.rows
        for column in board.columns
    )
    for number in numbers:
        if shown[number.key] != 1:
            cells = "no cell" if not shown[number.key] else f"{shown[number.key]} cells"
            what = f"{number.source}, {number.dataset} {number.metric}"
            yield f"{what}: {cells} of a board of the table show it"


def _known_models() -> frozenset[str]:
    """Names of models: ours, installed or not, and whatever is installed."""
    installed = (entry.name for entry in scan().entries if entry.kind is Kind.MODEL)
    return frozenset(first_party_names(Kind.MODEL)) | frozenset(installed)


def _line(error: VsumbenchError) -> str:
    return " ".join(error.message.split())
