"""Run the tests' tiny training in this process, alone or as one of several, and write down how it ended.

    python lesson.py '{"folder": "…", "recipe": {…}, "out": "…/ended.json"}'
    python -m torch.distributed.run --nproc-per-node 2 lesson.py '{…}'

`lesson`: further arguments of `learners.Lesson`. `validate`: score each epoch on other sequences. `kill`:
SIGKILL this process at {"at": NAME, "nth": N}; NAME is `advance` (the Nth step is reported), `write` (half of
the Nth file of a checkpoint is on disk), `rename` (before the Nth checkpoint gets its name) or `renamed`
(right after).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import learners

from vsumbench.testing.interrupting import StepCounter
from vsumbench.training import checkpoints
from vsumbench.training.recipe import Recipe


class Killer(StepCounter):
    """Ends this process at the Nth of something; nothing is flushed, closed or unwound."""

    def __init__(self, at: str, nth: int) -> None:
        super().__init__()
        self.at, self.left = at, nth

    def reached(self, what: str) -> bool:
        """Whether this is the one."""
        self.left -= what == self.at
        return what == self.at and self.left == 0

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """A step is reported."""
        super().advance(stage, done, total, **numbers)
        if self.reached("advance"):
            kill()


def kill() -> None:
    """As a lost machine would."""
    os.kill(os.getpid(), signal.SIGKILL)


def install(killer: Killer) -> None:
    """Watch what checkpoints do to files."""
    write, rename = checkpoints._write, Path.rename

    def written(path: Path, content: bytes) -> None:
        if killer.reached("write"):
            write(path, content[: len(content) // 2])
            kill()
        write(path, content)

    def renamed(self: Path, target: Any) -> Path:
        if killer.reached("rename"):
            kill()
        done = rename(self, target)
        if killer.reached("renamed"):
            kill()
        return done

    checkpoints._write = written
    Path.rename = renamed  # type: ignore[method-assign]


def main() -> None:
    """Train, and write history and weights."""
    asked = json.loads(sys.argv[1])
    progress = StepCounter()
    if "kill" in asked:
        progress = Killer(**asked["kill"])
        install(progress)
    # Each process has its own folder, of which only the first one's may be used.
    rank = int(os.environ.get("RANK", "0"))
    lesson = learners.Lesson(
        Path(asked["folder"]) / f"process-{rank}",
        Recipe(**asked["recipe"]),
        progress=progress,
        **asked.get("lesson", {}),
    )
    if asked.get("validate"):
        lesson.validate = learners.fit_of_frozen_examples
    report = lesson.run()
    ended = {
        "history": report.history,
        "facts": report.facts,
        "selected": report.selected_epoch,
        "steps_shown": progress.steps,
        "digest": lesson.digest(),
        "weights": {name: tensor.tolist() for name, tensor in lesson.module.state_dict().items()},
    }
    Path(f"{asked['out']}.{rank}").write_text(json.dumps(ended), encoding="utf-8")


if __name__ == "__main__":
    main()
