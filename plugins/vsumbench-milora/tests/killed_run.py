"""`vsumbench`, killed by SIGKILL as soon as so many steps of training are reported.

python killed_run.py 103 run --model milora …
"""

from __future__ import annotations

import os
import signal
import sys

from vsumbench.cli import main
from vsumbench.cli._progress import TerminalReporter


def killed_at(step: int) -> None:
    """From now on, this process ends there: nothing is flushed, closed or unwound."""

    def advance(self: TerminalReporter, stage: str, done: int, total: int, **numbers: float) -> None:
        if stage == "train" and done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    TerminalReporter.advance = advance  # type: ignore[method-assign]


if __name__ == "__main__":
    killed_at(int(sys.argv[1]))
    main(sys.argv[2:])
