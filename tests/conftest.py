"""Makes `tests/support` importable, and the fixtures several folders of tests use."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real annotations and golden vectors."""
    from harness import shared_folder

    folder = shared_folder()
    if folder is None:
        pytest.skip("real data are not here; set VSUMBENCH_SHARED to the folder that holds them")
    return folder
