"""Progress that counts the steps of a training, and stops it at one of them as a kill would."""

from __future__ import annotations


class Stopped(KeyboardInterrupt):
    """Raised in the middle of `fit`. Like Ctrl-C, it is not caught by `except Exception`."""


class StepCounter:
    """A `Progress` that counts calls and, at call number `stop_at`, raises `Stopped`."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps = 0
        self.stop_at = stop_at

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """Count; stop where told to."""
        self.steps += 1
        if self.steps == self.stop_at:
            raise Stopped(f"stopped at step {self.steps}")
