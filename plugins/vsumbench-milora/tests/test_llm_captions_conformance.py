"""The conformance suite on `llm-captions`, with a micro backbone in the place of the tiny one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vsumbench.testing import conformance


@pytest.fixture(autouse=True)
def _micro(weights: Path) -> Iterator[None]:
    yield


test_llm_captions = pytest.mark.slow(conformance("model", "llm-captions"))
