"""What every test folder shares: generated editions and extracted features, made once a session."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# How long one example takes says more of the machine than of the code.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def _made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Folders of this session, not of whoever runs it; one for all processes of pytest-xdist.

    A test that changes what lies there names a folder of its own.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    for variable, name in (("VSUMBENCH_PLANTED", "planted"), ("VSUMBENCH_FEATURES", "features")):
        os.environ.setdefault(variable, str(shared / f"shared-{name}"))
