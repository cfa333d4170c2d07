"""What a timeline lacks is said, not left out."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.contracts import Summary, Video
from vsumbench.plugins import default_plugins
from vsumbench.viewer.chain import told


@pytest.fixture
def video() -> Video:
    return Video(id="v", duration=4.0, fps=2.0, n_frames=8, picks=np.array([0, 2, 4, 6]))


def test_importance_at_other_times_than_the_sampled_ones_is_named(video: Video) -> None:
    summary = Summary(video_id="v", importance=np.arange(3.0), times=np.array([0.3, 1.1, 9.0]))
    found = told(summary, video, None, default_plugins())
    assert found.importance is None and found.undrawn
    first, second = found.unsaid("csta")
    assert first == f"csta: importance is drawn at its own times, not on frames: {found.undrawn}"
    assert second == "csta: no selection: no protocol of this dataset selects frames."


def test_a_run_that_writes_text_alone_is_said_to(video: Video) -> None:
    found = told(Summary(video_id="v", text="A dog runs."), video, None, default_plugins())
    assert found.unsaid("milora") == ("milora: no selection: the run writes text only.",)


def test_nothing_is_said_where_nothing_is_missing(video: Video) -> None:
    summary = Summary(video_id="v", segments=np.array([[0.0, 1.0]]))
    assert told(summary, video, None, default_plugins()).unsaid("oracle") == ()
