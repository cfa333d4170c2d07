"""Extract a feature of some files in this process and, if asked, kill it at a moment.

    python extraction_driver.py CACHE '{"files": […], "steps": 5, "kill_frame": 7, "kill_write": 2}'

`kill_frame`: when that frame is drawn. `kill_write`: before that file of the cache is renamed, half written.
`slow`: seconds a frame takes. Prints the report.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
import time
from pathlib import Path
from typing import Any

from pixel_mean import SPEC, KillAt, drawn, nobody

from vsumbench.data.features import FeatureCache
from vsumbench.plugins import default_plugins
from vsumbench.running.extracting import extract_all, extraction_context, prepare_extractor


class Silent:
    """A reporter nobody reads."""

    def notice(self, line: str) -> None: ...

    def advance(self, stage: str, done: int, total: int, **numbers: float) -> None: ...


def kill_before_rename(number: int) -> None:
    """End the process when file `number` of the cache is to be renamed, with half of it on disk."""
    rename = pathlib.Path.replace
    left = number

    def replaced(self: Path, target: Any) -> Path:
        nonlocal left
        if self.name.endswith(".tmp"):
            left -= 1
            if left == 0:
                os.truncate(self, self.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)

    pathlib.Path.replace = replaced  # type: ignore[method-assign, assignment]


def main(root: str, asked: dict[str, Any]) -> None:
    """Extract, and print the report."""
    if asked.get("kill_write"):
        kill_before_rename(asked["kill_write"])
    told: Any = KillAt(asked["kill_frame"]) if asked.get("kill_frame") else nobody
    if asked.get("slow"):
        told = lambda step: time.sleep(asked["slow"])  # noqa: E731
    plugins = default_plugins()
    extraction = prepare_extractor(plugins, SPEC, extraction_context(plugins, "cpu"))
    videos = [drawn(Path(name), asked["steps"], told) for name in asked["files"]]
    report = extract_all(extraction, videos, FeatureCache(Path(root)), reporter=Silent())
    print(json.dumps(report.to_dict()))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
