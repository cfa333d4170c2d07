"""What tests with a program in the place of Java have in common."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from vsumbench_text_metrics import meteor

from vsumbench.contracts import TextItem

ITEMS = [TextItem(str(i), f"a man walks {i}", (f"a man walks a dog {i}",)) for i in range(5)]
FakeJava = Callable[[str], Path]


def nothing_left(pids: Path) -> bool:
    """Neither a running nor a zombie process of those ids, and none of the client's threads."""
    for pid in map(int, pids.read_text().split()):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        return False
    return not any(thread.name.startswith("meteor-") for thread in threading.enumerate())


def run_meteor() -> None:
    meteor.meteor([i.hypothesis for i in ITEMS], [i.references for i in ITEMS])
