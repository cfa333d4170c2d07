"""The conformance suite on both models, with a smaller backbone in the place of the tiny one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vsumbench.testing import conformance


@pytest.fixture(autouse=True)
def _small(weights: Path) -> Iterator[None]:
    yield


test_vtsum_blip = conformance("model", "vtsum-blip")
test_frozen_blip = pytest.mark.slow(conformance("model", "frozen-blip"))
