"""Do the methods learn? Each on planted data under three seeds, against what can be had without looking.

    python benchmarks/models_evidence.py                    every method that is installed
    python benchmarks/models_evidence.py vasnet csta        these, the others stay as they are in the table
    python benchmarks/models_evidence.py --check            which rows are of other code; nothing is run

Sealed runs in --runs are reused; an interrupted command goes on where it was. A table is
written after each method; a method that fails says why at the end and stops no other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from evidence.runs import sealed
from evidence.staleness import stale
from evidence.suites import FLOORS, SUITES, Bench, Suite
from evidence.table import END, START, Row, figures_text, merged, method_row, read_rows, tables
from page_tables import written_between

from vsumbench.errors import VsumbenchError
from vsumbench.plugins import Plugins, default_plugins


def measure(
    suite: Suite, benches: Sequence[Bench], method: str, plugins: Plugins, asked: argparse.Namespace
) -> list[Row]:
    """The rows of a method, one a dataset."""
    spec = suite.methods(plugins)[method]
    jobs = [[*suite.floors(bench), *suite.jobs(method, bench, asked.seeds)] for bench in benches]
    done = iter(sealed([job for part in jobs for job in part], asked.runs, asked.jobs))
    rows = []
    for bench, part in zip(benches, jobs, strict=True):
        floors = {name: next(done) for name in FLOORS}
        own = [next(done) for _ in part[len(FLOORS) :]]
        rows.append(method_row(suite, spec, bench, own, floors))
    return rows


def keep(suite: Suite, rows: list[Row]) -> None:
    """Write figures and page."""
    suite.figures.write_text(figures_text(rows), encoding="utf-8")
    written_between(suite.page, tables(rows), START, END)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("methods", nargs="*", help="default: all that are installed")
    parser.add_argument("--runs", type=Path, default=Path("evidence/runs"))
    parser.add_argument("--dataset", help="measure on this one alone; default: all of the table")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, each on one thread")
    parser.add_argument("--check", action="store_true", help="say which rows are of other code, and stop")
    asked = parser.parse_args()
    plugins = default_plugins()
    known = {name: suite for suite in SUITES for name in suite.methods(plugins)}
    if unknown := [name for name in asked.methods if name not in known]:
        parser.error(f"{unknown[0]!r} is not known; there are {', '.join(known)}")
    if asked.check:
        found = [one for suite in SUITES for one in stale(suite, read_rows(suite.figures), plugins)]
        print("\n".join(map(str, found)) or "Every row is of the code that is here.")
        sys.exit(1 if found else 0)
    failed = []
    for name in asked.methods or known:
        suite = known[name]
        benches = [one for one in suite.benches if asked.dataset in (None, one.dataset)]
        try:
            rows = measure(suite, benches, name, plugins, asked)
        except VsumbenchError as error:
            failed.append(f"{name}: {error}")
            continue
        keep(suite, merged(read_rows(suite.figures), rows, suite, suite.methods(plugins)))
        print(f"{name}: {suite.page}", flush=True)
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
