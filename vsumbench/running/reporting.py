"""Where work says what it does, and how a maker's progress gets there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from vsumbench.contracts.dataset import ProgressCallback


class Reporter(Protocol):
    """Where a run says what it does."""

    def notice(self, line: str) -> None:
        """One line the user must see."""
        ...

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """`done` of `total` steps of `stage`."""
        ...


def stage_progress(what: str, advance: Callable[..., None]) -> ProgressCallback:
    """Progress as a reporter shows it: as stage `WHAT`, or `WHAT: STAGE` where the maker names one."""

    def progress(done: int, total: int, /, *, stage: str = "", **numbers: float) -> None:
        advance(f"{what}: {stage}" if stage else what, done, total, **numbers)

    return progress
