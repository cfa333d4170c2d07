"""One thread, the helpers beside the tests, and a tiny backbone that is made in a second."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from vtsum_support import write_weights

# Two threads of torch wait for each other where the second core is busy. Processes started here inherit it.
if os.environ.setdefault("OMP_NUM_THREADS", "1") == "1":
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights root that holds a smaller backbone under the tiny one's id, made by the tiny one's maker."""
    root = tmp_path_factory.mktemp("weights")
    write_weights(root)
    return root


@pytest.fixture(scope="module")
def weights(made: Path) -> Iterator[Path]:
    """The same, in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VSUMBENCH_WEIGHTS", str(made))
        yield made
