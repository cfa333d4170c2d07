"""Ask the same of a fresh interpreter, which has imported nothing and orders its sets otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from .checks import require

TIMEOUT = 1800
"""Seconds after which another process is given up: it may train a model."""
_HASH_SEED = "20131"

_FRAME = """
import contextlib, json, sys
sys.path[:] = json.loads(sys.argv[1])
target = sys.argv[2]
with contextlib.redirect_stdout(sys.stderr):
    exec(sys.argv[3])
print(json.dumps(answer))
"""


def in_fresh_interpreter(code: str, target: str) -> Any:
    """What `code` leaves in `answer`, run with the same paths, given `target`; a JSON value.

    Raises:
        Failed: it raised, with its last line.
    """
    done = subprocess.run(
        [sys.executable, "-c", _FRAME, json.dumps(sys.path), target, code],
        env=os.environ | {"PYTHONHASHSEED": _HASH_SEED},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    said = done.stderr.strip().splitlines() or ["nothing was said"]
    require(done.returncode == 0, f"in a fresh interpreter, {target} failed: {said[-1]}")
    return json.loads(done.stdout)
