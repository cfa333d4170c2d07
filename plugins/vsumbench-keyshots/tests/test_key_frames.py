"""Key frames as a target: published ones, else those of the same rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_shared import told
from vsumbench_keyshots.shared.key_frames import key_frames

from vsumbench.contracts import Sample
from vsumbench.errors import MismatchError


def test_published_key_frames_are_taken_as_they_are() -> None:
    published = np.array([True, False, True])
    sample = told(3, gtsummary=published, gtscore=np.array([0.0, 1.0, 0.0]))
    assert key_frames(sample).tolist() == published.tolist()


def test_without_them_the_best_shots_under_the_budget_are_taken() -> None:
    scores = np.repeat([0.1, 0.9, 0.5, 0.8], 5)
    told_scores = told(20, gtscore=scores)
    starts = np.arange(0, 20, 1)
    shots = np.stack((starts, starts), axis=1)
    sample = Sample(replace(told_scores.video, change_points=shots), told_scores.annotations)
    chosen = key_frames(sample)
    assert chosen.sum() == 3 and chosen[5:10].sum() == 3


def test_without_shots_the_highest_steps_are_taken_and_there_is_always_one() -> None:
    assert np.flatnonzero(key_frames(told(20, gtscore=np.arange(20.0)))).tolist() == [17, 18, 19]
    assert key_frames(told(2, gtscore=np.array([0.3, 0.3]))).tolist() == [True, False]
    with pytest.raises(MismatchError, match="no importance"):
        key_frames(told(3))
