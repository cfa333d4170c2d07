"""Places on the time axis, and texts cut at their links."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.contracts import Link
from vsumbench.viewer.frames import cell_steps
from vsumbench.viewer.geometry import binned, clock, heights_of, levels, spans_of, step_path, ticks
from vsumbench.viewer.opened import page_name
from vsumbench.viewer.sentences import Piece, pieces


def test_spans_are_the_runs_of_selected_frames() -> None:
    assert spans_of(np.array([True, True, False, True])) == ((0, 2), (3, 4))
    assert spans_of(np.zeros(3, dtype=bool)) == ()


def test_bins_keep_the_mean_and_short_vectors_as_they_are() -> None:
    assert binned(np.array([1.0, 3.0, 5.0, 7.0]), most=2).tolist() == [2, 6]
    assert binned(np.array([1.0, 3.0])).tolist() == [1, 3]


def test_a_constant_curve_lies_in_the_middle() -> None:
    assert heights_of(np.full(3, 7.0), 7, 7).tolist() == [0.5, 0.5, 0.5]
    assert heights_of(np.array([2.0, 4.0, 3.0]), 2, 4).tolist() == [0, 1, 0.5]


def test_a_path_steps_and_joins_equal_values() -> None:
    assert step_path(np.array([0.0, 0.0, 1.0, 0.5]), 10) == "M0 10H500V0H750V5H1000"


def test_a_path_begins_where_its_values_begin() -> None:
    assert step_path(np.array([0.0, 1.0]), 10, first=2) == "M500 10H750V0H1000"


def test_levels_join_equal_stretches_and_leave_zero_out() -> None:
    assert levels(np.array([0, 0, 1, 1, 0.5])) == ((2, 4, 8), (4, 5, 4))


def test_ticks_are_round_and_few() -> None:
    assert ticks(42) == (0, 5, 10, 15, 20, 25, 30, 35, 40)
    assert len(ticks(7000)) <= 11


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "0:05"), (65.5, "1:05.5"), (59.99, "1:00"), (3600, "1:00:00")]
)
def test_times_are_said_as_clocks(seconds: float, said: str) -> None:
    assert clock(seconds) == said


def test_pieces_know_their_segments_and_join_to_the_text() -> None:
    found = pieces("One. Two. Three.", [Link(0, 4, 1), Link(5, 9, 0), Link(5, 16, 2)])
    assert found == (Piece("One.", (1,)), Piece(" ", ()), Piece("Two.", (0, 2)), Piece(" Three.", (2,)))
    assert pieces("", []) == ()


def test_pictures_are_of_the_steps_nearest_to_the_middle_of_cells() -> None:
    assert cell_steps(np.arange(10.0), 10.0, 2) == (2, 7)
    assert cell_steps(np.array([0.0, 1.0]), 2.0, 24) == (0, 1)


def test_a_video_id_cannot_lead_out_of_the_folder() -> None:
    assert "/" not in page_name("toy", "../../etc/x")
