"""The conformance suite on `frames-to-text[csta]`, with a micro backbone in the place of the tiny one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vsumbench.testing import conformance

pytest.importorskip("vsumbench_keyshots", reason="CSTA comes from another distribution")


@pytest.fixture(autouse=True)
def _micro(weights: Path) -> Iterator[None]:
    yield


test_around_csta = pytest.mark.slow(conformance("model", "frames-to-text[csta]"))
