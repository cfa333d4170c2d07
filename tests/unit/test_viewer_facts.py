"""What the page says of runs in words, and how it tells many of them apart."""

from __future__ import annotations

import numpy as np

from vsumbench.contracts import Link, Summary
from vsumbench.viewer.drawing import curve_at, look
from vsumbench.viewer.facts import absent, told_by


def test_what_a_summary_does_not_hold_is_named() -> None:
    assert absent(Summary(video_id="v", text="A dog.")) == ("importance", "segments")
    assert absent(Summary(video_id="v", importance=np.zeros(2))) == ("segments", "text")


def test_a_segment_is_told_of_by_its_words_in_the_order_of_the_text() -> None:
    links = (Link(9, 14, 0), Link(0, 4, 0), Link(5, 8, 2))
    assert told_by(links, "Red. Two green") == {0: "Red. green", 2: "Two"}


def test_from_the_seventh_run_on_a_colour_comes_with_another_pattern() -> None:
    looks = [look(f"run{number}") for number in range(24)]
    assert len(set(looks)) == 24
    assert looks[0] == "run0" and looks[6] == "run0 turn1" and looks[23] == "run5 turn3"
    assert look("annotators") == "annotators"


def test_scores_at_their_own_times_are_drawn_from_their_first_time_on() -> None:
    row = curve_at("i0", "run0", "M: importance", np.array([2.0, 3.0]), np.array([1.0, 4.0]), 4.0)
    assert row.path.startswith("M500 ") and row.begin == 500
    assert row.values[0] is None and row.values[-1] == 4
    assert row.note == "at its own times; scale 1 to 4" and "NaN" not in row.words


def test_scores_that_all_come_after_the_end_are_said_to() -> None:
    row = curve_at("i0", "run0", "M: importance", np.array([9.0]), np.array([1.0]), 4.0)
    assert row.path == "" and "after the end" in row.words
