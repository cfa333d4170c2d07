"""The hooks: what a plugin may observe or add. This is the manual; `docs/reference/hooks.md` is made from it.

A hook plugin is a module (or any object) that bears functions of these names, marked with `hookimpl`, and is
declared in the entry-point group `vsumbench.hooks`:

    # my_package/hooks.py
    from vsumbench.hookspecs import hookimpl

    @hookimpl
    def record_sealed(record, folder):
        print(f"{record.model.id}: {folder}")

    # pyproject.toml
    [project.entry-points."vsumbench.hooks"]
    announce = "my_package.hooks"

An implementation may take fewer arguments than listed here, never others: a misspelt argument or an unknown
hook disables that plugin with one line in `vsumbench plugins`. Implementations are called one at a time, the
last registered first; one that raises costs one warning line and changes nothing about the run. Wrappers are
not supported. Hooks are called in the process that coordinates the run, never in worker processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from .records.record import RunRecord

PROJECT = "vsumbench"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks an implementation of a hook."""


@dataclass(frozen=True, kw_only=True)
class BoardColumn:
    """A column a plugin adds to standing boards.

    A row of several seeds shows the mean where every run has a number, else the value of the run that
    finished last.

    Attributes:
        id: column id, unique among columns; of two columns of one id the first is shown.
        title: table heading.
        value: called with a sealed record; a finite number, a short text (80 characters are shown), or None
            for an empty cell.
        direction: `higher` or `lower`, an arrow in the heading, or `none`. The column never ranks rows.
        digits: digits after the point for numbers, 0 to 12.
        plugin: who gives the column, for warnings and the page's legend; filled in when it is collected.
    """

    id: str
    title: str
    value: Callable[[RunRecord], float | str | None]
    direction: str = "none"
    digits: int = 2
    plugin: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A conformance check a plugin adds.

    Attributes:
        name: a sentence saying what holds when the check passes.
        check: called with the spec under test; raises AssertionError or a `VsumbenchError` to fail.
    """

    name: str
    check: Callable[[Any], None]


@hookspec
def run_started(run: str, folder: Path) -> None:
    """A run begins, or goes on after an interruption.

    Called once a process, after the request was written and before any data or model is read.

    Args:
        run: the run's id, the `run` of its record.
        folder: the run folder; `request.json` is there. Write nothing here but files of your own name.
    """


@hookspec
def sample_predicted(run: str, fold: str, video_id: str, done: int, total: int) -> None:
    """A video of a test fold has its prediction, stored and flushed.

    Called for each new prediction; those found finished on resuming are counted in `done` and not repeated.

    Args:
        run: the run's id.
        fold: name of the fold.
        video_id: the video.
        done: predictions of this fold there are now, from 1 to `total`.
        total: predictions this fold will have.
    """


@hookspec
def record_sealed(record: RunRecord, folder: Path) -> None:
    """A run is complete: its record was written and will not change.

    Also called by `score` when it seals new scores of an old run.

    Args:
        record: the sealed record.
        folder: the run folder.
    """


@hookspec
def run_failed(run: str, folder: Path, error: BaseException) -> None:
    """A run stopped without a record. What it computed stays, and the same command resumes it.

    Args:
        run: the run's id.
        folder: the run folder; `events.jsonl` there ends with the traceback.
        error: what was raised, `KeyboardInterrupt` included.
    """


@hookspec
def board_columns() -> Iterable[BoardColumn]:
    """Columns to add to every standing board, after its measured columns. Boards of papers stay as they are.

    Called once when boards are built, after the runs were read.

    Returns:
        The columns; one whose `value` raises shows empty cells and costs one warning line.
    """
    return ()


@hookspec
def conformance_checks(kind: str) -> Iterable[Check]:
    """Checks that `vsumbench check` runs beside its own.

    Args:
        kind: one of `model`, `dataset`, `metric`, `protocol`, `encoder`, `extractor`, `leaderboard`.

    Returns:
        The checks for that kind, or none.
    """
    return ()


@hookspec
def environment_facts() -> Mapping[str, str | int | float | bool]:
    """Facts about this machine to store with every run and to show in `vsumbench doctor`.

    Returns:
        Short names to plain values, e.g. `{"cluster.partition": "a100"}`. They do not enter any digest.
    """
    return {}
