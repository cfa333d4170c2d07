"""Makes the weights of `backed`, and counts how often."""

from __future__ import annotations

import json
import os
from pathlib import Path

from vsumbench.contracts.dataset import ProgressCallback


def make(folder: Path, progress: ProgressCallback | None = None) -> None:
    """One file with one number. `BACKED_LOG` names a file that gets a line for each call."""
    for step in (1, 2):
        if progress is not None:
            progress(step, 2, stage="counting", loss=1.0 / step)
    (folder / "number.json").write_text(json.dumps({"number": 2.0}), encoding="utf-8")
    if log := os.environ.get("BACKED_LOG"):
        with Path(log).open("a", encoding="utf-8") as stream:
            stream.write("made\n")
