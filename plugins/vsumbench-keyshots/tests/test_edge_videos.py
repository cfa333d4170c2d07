"""Training on videos from which there is little to learn, in the type that fewest operations take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from keyshots_support import context
from test_shared import METHODS, PAINTED, small, told

VIDEOS = (
    told(1, gtscore=np.array([0.3])),
    told(7, gtscore=np.full(7, 0.2)),
    told(25, gtscore=np.linspace(0, 1, 25), gtsummary=np.zeros(25, dtype=bool)),
    told(5, gtscore=np.linspace(0, 1, 5), gtsummary=np.ones(5, dtype=bool)),
)
"""One step, constant importance, no key frame, nothing but key frames. None has shots, which the two that
learn from shots refuse."""
PASSES = {"dpplstm": "updates=1", "vslstm": "updates=1"}


@pytest.mark.parametrize("name", [name for name in METHODS if name not in PAINTED])
def test_a_pass_over_them_in_half_precision_changes_finite_weights(name: str, tmp_path: Path) -> None:
    model = small(name, PASSES.get(name, "epochs=1"))
    model._dtype = "bfloat16"
    start = model._new(model._learned(model.features(VIDEOS[0].video))).state_dict()
    report = model.fit(VIDEOS, [], context(model.options, tmp_path, dtype="bfloat16"))
    assert np.isfinite(report.history[0]["loss"])
    assert model._built is not None
    learned = model._built[0].state_dict()
    assert all(bool(learned[key].isfinite().all()) for key in learned)
    assert any(not bool((learned[key] == start[key]).all()) for key in start)
