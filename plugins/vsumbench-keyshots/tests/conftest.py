"""One thread, and the helpers beside the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))

# Two threads of torch wait for each other where the second core is busy. Processes started here inherit it.
if os.environ.setdefault("OMP_NUM_THREADS", "1") == "1":
    torch.set_num_threads(1)
