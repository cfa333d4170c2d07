"""Asking again: after a pause that grows, or that the server named, and never more often than allowed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vsumbench.errors import UnavailableError

from .posting import PassingError, gave_up

FIRST_PAUSE = 1.0
"""Seconds before the first repetition; each further one waits twice as long."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """How often, and after what pause.

    Attributes:
        retries: repetitions.
        longest: most seconds between two tries.
        pause: sleeps for so many seconds.
    """

    retries: int
    longest: float
    pause: Callable[[float], None] = time.sleep

    def ask(self, ask: Callable[[], Answer]) -> Answer:
        """What `ask` returns, called until it raises no `PassingError`.

        Raises:
            UnavailableError: the last repetition failed too, or the server asks for a longer pause.
        """
        for tried in range(1, self.retries + 2):
            try:
                return ask()
            except PassingError as error:
                if tried > self.retries:
                    raise gave_up(tried, error.reason) from None
                # A server that names a pause knows; where it names none, guess twice the last one.
                wait = min(self.longest, FIRST_PAUSE * 2 ** (tried - 1)) if error.wait is None else error.wait
                if wait > self.longest:
                    raise UnavailableError(
                        f"{error.reason}, and asks to wait {wait:.0f} s; option longest_wait is "
                        f"{self.longest:.0f}.",
                        "What was answered is kept; repeat the command later, or allow a longer wait.",
                    ) from None
            self.pause(wait)
        raise AssertionError("unreachable")
