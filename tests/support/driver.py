"""Run one request in this process and, if asked, kill the process at a chosen durable operation.

    python driver.py '{"request": {…},
        "kill": {"operation": "append", "match": "predictions", "nth": 3, "when": "half"}}'

Operations: `append` (a line; `match` is part of its path), `temporary` (a file that will replace another is
opened), `replace` (its rename), `advance` (a model reports progress; `match` is part of the stage). When:
`before`, `half` (half of the bytes are on disk) or `after`. `full`: so many appended bytes fill the disk.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
import signal
import sys
from pathlib import Path
from typing import Any

RENAMED = ".tmp"


class Killer:
    """Counts matching operations, and ends this process at the chosen one."""

    def __init__(self, operation: str, match: str, nth: int, when: str) -> None:
        self.operation, self.match, self.left, self.when = operation, match, nth, when

    def due(self, operation: str, target: object) -> bool:
        """Whether this operation is the one."""
        if operation != self.operation or self.match not in str(target):
            return False
        self.left -= 1
        return self.left == 0

    @staticmethod
    def kill() -> None:
        """Nothing is flushed, closed or unwound."""
        os.kill(os.getpid(), signal.SIGKILL)


def install(killer: Killer) -> None:
    """Patch the lowest level through which files of a run folder are written."""
    paths: dict[int, str] = {}
    os_open, os_write, os_replace, path_open = os.open, os.write, os.replace, pathlib.Path.open

    def opened(path: Any, *arguments: Any, **named: Any) -> int:
        descriptor = os_open(path, *arguments, **named)
        paths[descriptor] = str(path)
        return descriptor

    def write(descriptor: int, content: bytes) -> int:
        if not killer.due("append", paths.get(descriptor, "")):
            return os_write(descriptor, content)
        if killer.when != "before":
            os_write(descriptor, content[: len(content) // 2] if killer.when == "half" else content)
        killer.kill()
        raise AssertionError

    def replace(source: Any, target: Any, **named: Any) -> None:
        due = killer.due("replace", target)
        if due and killer.when == "before":
            killer.kill()
        os_replace(source, target, **named)
        if due:
            killer.kill()

    def path_opened(self: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        due = "w" in mode and self.name.endswith(RENAMED) and killer.due("temporary", self)
        if due and killer.when == "before":
            killer.kill()
        stream = path_open(self, mode, *arguments, **named)
        if due:
            stream.write('{"half": ')
            stream.flush()
            killer.kill()
        return stream

    os.open, os.write, os.replace = opened, write, replace  # type: ignore[assignment]
    pathlib.Path.open = path_opened  # type: ignore[method-assign,assignment]


def fill_disk(after: int) -> None:
    """After `after` appended bytes, writing stops in the middle of a line, as on a full disk."""
    room = after
    os_write = os.write

    def write(descriptor: int, content: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = content[: max(1, min(room, len(content)))]
        room -= len(part)
        return os_write(descriptor, part)

    os.write = write


class Reporter:
    """Says nothing; may be where the process ends."""

    def __init__(self, killer: Killer | None) -> None:
        self.killer = killer

    def notice(self, line: str) -> None:
        """Not shown."""

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None:
        """The place of a kill between two steps."""
        if self.killer is not None and self.killer.due("advance", stage):
            self.killer.kill()


def main() -> int:
    """Run, and print how it ended. The exit code is that of the command line."""
    asked = json.loads(sys.argv[1])
    # Only what is installed, and what a request names by its path, can be imported.
    sys.path.remove(str(Path(__file__).parent))
    from vsumbench.errors import VsumbenchError
    from vsumbench.plugins import default_plugins
    from vsumbench.running.pipeline import run
    from vsumbench.running.request import RunRequest
    from vsumbench.running.rescoring import score_run

    killer = Killer(**asked["kill"]) if asked.get("kill") else None
    plugins = default_plugins()
    request = asked.get("request", {})
    for name in ("runs", "data_root", "options_file"):
        if name in request:
            request[name] = Path(request[name])
    for name in ("protocols", "metrics", "overrides"):
        request[name] = tuple(request.get(name, ()))
    if killer is not None:
        install(killer)
    if asked.get("full"):
        fill_disk(asked["full"])
    try:
        if "score" in asked:
            named = {name: request[name] for name in ("protocols", "metrics")}
            outcome = score_run(Path(asked["score"]), plugins, Reporter(killer), **named)
        else:
            outcome = run(RunRequest(**request), plugins, Reporter(killer))
    except VsumbenchError as error:
        print(f"vsumbench: {error}", file=sys.stderr)
        return error.exit_code
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps({"state": outcome.state, "folder": str(outcome.folder)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
