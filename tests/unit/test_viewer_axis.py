"""Where frames lie in time, at constant and at variable rates."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.contracts import Video
from vsumbench.viewer.axis import axis_of, frame_at, held_at


def made(times: list[float] | None) -> Video:
    given = None if times is None else np.array(times)
    return Video(id="v", duration=8.0, fps=1.0, n_frames=8, picks=np.array([0, 2, 4, 6]), times=given)


def test_at_a_constant_rate_frames_are_equally_long() -> None:
    axis = axis_of(made(None))
    assert axis.edges.tolist() == list(range(9)) and axis.steady
    assert axis.even(np.arange(8)).tolist() == list(range(8))
    assert axis.x(2.0) == 250


def test_at_a_variable_rate_frames_stand_at_the_times_given() -> None:
    axis = axis_of(made([0.0, 1.0, 2.0, 3.0]))
    assert axis.edges.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 5.5, 8]
    assert axis.seconds((6, 8)) == (3.0, 8.0)
    # The last two frames are on screen for five of eight seconds.
    assert axis.even(np.array([0, 0, 0, 0, 0, 0, 1, 2])).tolist() == [0, 0, 0, 1, 1, 2, 2, 2]


def test_a_time_beyond_the_video_stays_in_the_drawing() -> None:
    assert axis_of(made(None)).x(9.5) == 1000


def test_scores_at_their_own_times_hold_until_the_next_and_are_nothing_before() -> None:
    found = held_at([1.0, 2.0], np.array([5.0, 7.0]), 4.0, most=4)
    assert np.isnan(found[0])
    assert found[1:].tolist() == pytest.approx([5, 7, 7])


def test_before_the_first_time_of_a_video_its_first_frame_is_shown() -> None:
    axis = axis_of(made([0.5, 1.0, 2.0, 3.0]))
    assert axis.edges[0] == 0.5
    assert [frame_at(axis, one) for one in (0.0, 0.5, 0.8, 99.0)] == [0, 0, 1, 7]
