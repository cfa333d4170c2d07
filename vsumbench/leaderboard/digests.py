"""Digests of reported numbers: a number that was changed by hand is known by name, also without its source.

A leaderboard's package holds `digests.csv` beside `reported.csv`: the key of each number and a digest of what
was transcribed. After numbers were transcribed anew, and held to their source, write it again:

    python -m vsumbench.leaderboard.digests PACKAGE
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from vsumbench.contracts.leaderboard import LeaderboardSpec
from vsumbench.errors import PluginError
from vsumbench.store.reported import ReportedNumber, load_reported, read_package_text

DIGESTS_FILE = "digests.csv"
_HEADER = ["key", "digest"]
_DIGITS = 12


def digest_of(number: ReportedNumber) -> str:
    """12 hex digits over what was transcribed: the cell, the task, the value as printed and its scale.

    Names of methods and protocols, sources and notes are this project's reading and may be corrected.
    """
    said = [number.paper, number.table, number.row, number.dataset, number.task, number.metric]
    text = json.dumps([*said, number.value, number.scale], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_DIGITS]


def read_digests(spec: LeaderboardSpec) -> Mapping[str, str] | None:
    """Key → digest; None where the package has no such file.

    Raises:
        PluginError: the file is not what it should be.
    """
    if not files(spec.package).joinpath(DIGESTS_FILE).is_file():
        return None
    rows = list(csv.reader(read_package_text(spec.package, DIGESTS_FILE).splitlines()))
    if not rows or rows[0] != _HEADER or any(len(row) != len(_HEADER) for row in rows):
        raise PluginError(
            f"leaderboard {spec.id!r}: {DIGESTS_FILE} is no list of keys and digests.",
            f"Write it again: python -m vsumbench.leaderboard.digests {spec.package}",
        )
    return dict(row for row in rows[1:])


def changed(spec: LeaderboardSpec, numbers: Iterable[ReportedNumber]) -> list[str]:
    """One line for each number of this leaderboard that is not as it was when the digests were written."""
    known = read_digests(spec)
    if known is None:
        command = f"python -m vsumbench.leaderboard.digests {spec.package}"
        return [
            f"leaderboard {spec.id!r} has no {DIGESTS_FILE}, so no change by hand shows. Write: {command}"
        ]
    found = {number.key: number for number in numbers if number.paper == spec.id}
    lines = []
    for key, number in found.items():
        what = f"{number.source}, {number.dataset} {number.metric}: {number.value} {number.scale}"
        if key not in known:
            lines.append(f"{what} was added by hand: no digest was written for it")
        elif digest_of(number) != known[key]:
            lines.append(f"{what} was changed by hand: its digest is another")
    return [*lines, *(f"{key}: the number is gone from reported.csv" for key in known if key not in found)]


def write_digests(spec: LeaderboardSpec) -> int:
    """Write `digests.csv` into the leaderboard's package, where that is a folder. Returns how many."""
    numbers = load_reported([spec])
    target = files(spec.package).joinpath(DIGESTS_FILE)
    lines = ["key,digest"]
    for number in numbers:
        key = '"' + number.key.replace('"', '""') + '"'
        lines.append(f"{key},{digest_of(number)}")
    Path(str(target)).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return len(numbers)


def _main(arguments: list[str]) -> None:
    from importlib import import_module

    for package in arguments:
        spec = import_module(package).SPEC
        print(f"{package}: {write_digests(spec)} digests")


if __name__ == "__main__":
    import sys

    _main(sys.argv[1:])
