"""Progress: live bars on a terminal, a plain line now and then elsewhere. Always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_EVERY_SECONDS = 10.0


class TerminalReporter:
    """Shows notices and progress. Use it as a context manager; with `quiet`, notices alone are shown."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not quiet
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, float] = {}
        self._noticed: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def notice(self, line: str) -> None:
        """One line on standard error, whatever else is shown; the same line is not said twice."""
        if line in self._noticed:
            return
        self._noticed.add(line)
        if self._progress is not None:
            self._progress.console.print(line, style="yellow", markup=False, highlight=False)
        else:
            print(f"vsumbench: {line}", file=sys.stderr, flush=True)

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Move the bar of a stage, or print a line if ten seconds have passed or the stage is finished."""
        if self._live:
            self._advance_live(stage, done, total, numbers)
        elif not self._quiet:
            self._advance_plain(stage, done, total, numbers)

    def _advance_live(self, stage: str, done: int, total: int, numbers: dict[str, float]) -> None:
        if self._progress is None:
            self._progress = _bars()
            self._progress.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total, numbers="")
        self._progress.update(self._tasks[stage], completed=done, total=total, numbers=_numbers(numbers))

    def _advance_plain(self, stage: str, done: int, total: int, numbers: dict[str, float]) -> None:
        now = time.monotonic()
        begun = self._said.setdefault(stage, now)
        if now - begun < _EVERY_SECONDS:
            return
        self._said[stage] = now
        print(f"vsumbench: {stage}: {done}/{total} {_numbers(numbers)}".rstrip(), file=sys.stderr, flush=True)


def _numbers(numbers: dict[str, float]) -> str:
    return " ".join(f"{name} {value:.4g}" for name, value in numbers.items())


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}", markup=False),
        console=Console(stderr=True),
    )
