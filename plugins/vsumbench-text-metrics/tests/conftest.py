"""A small video to build annotations for."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.contracts import Video


@pytest.fixture
def video() -> Video:
    return Video(id="v1", duration=30.0, fps=30.0, n_frames=900, picks=np.arange(0, 900, 15))
