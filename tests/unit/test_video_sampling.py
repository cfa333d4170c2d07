"""Sampling rules: which frames they pick, and their names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vsumbench.data.video import Sampling
from vsumbench.errors import OptionValueError


def steady(frames: int, fps: float) -> tuple[NDArray[np.float64], float]:
    return np.arange(frames) / fps, frames / fps


def test_two_a_second_is_every_fifteenth_frame_of_thirty_and_the_first_at_or_after_of_others() -> None:
    assert Sampling("fps", 2).picks(*steady(61, 30)).tolist() == [0, 15, 30, 45, 60]
    assert Sampling("fps", 2).picks(*steady(60, 25)).tolist() == [0, 13, 25, 38, 50]
    assert Sampling("fps", 1).picks(*steady(72, 23.976)).tolist() == [0, 24, 48]


def test_a_rate_above_the_videos_own_takes_each_frame_once() -> None:
    assert Sampling("fps", 60).picks(*steady(40, 25)).tolist() == list(range(40))


def test_frames_are_picked_by_their_times_where_the_rate_varies() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.9, 1.0, 2.6, 2.7])
    assert Sampling("fps", 2).picks(times, 2.8).tolist() == [0, 3, 4, 5]
    # A pause of a day is no day of work, and no pick is doubled.
    assert Sampling("fps", 2).picks(np.array([0.0, 86_400.0]), 86_401.0).tolist() == [0, 1]


def test_a_count_is_spread_evenly_and_never_doubles_a_frame() -> None:
    assert Sampling("count", 4).picks(*steady(100, 25)).tolist() == [12, 37, 62, 87]
    assert Sampling("count", 1).picks(*steady(101, 25)).tolist() == [50]
    assert Sampling("count", 10**9).picks(*steady(7, 25)).tolist() == list(range(7))
    assert Sampling("count", 7).picks(*steady(7, 25)).tolist() == list(range(7))


def test_every_nth_frame_counts_frames() -> None:
    assert Sampling("every", 15).picks(*steady(31, 12.5)).tolist() == [0, 15, 30]
    assert Sampling("every", 99).picks(*steady(31, 12.5)).tolist() == [0]


@given(
    gaps=st.lists(st.integers(1, 400), min_size=1, max_size=60),
    value=st.sampled_from([0.25, 1.0, 2.0, 3.0, 7.5, 29.97]),
)
def test_the_fps_rule_is_the_first_frame_at_or_after_each_instant(gaps: list[int], value: float) -> None:
    times = np.cumsum([0, *gaps]) / 100
    duration = float(times[-1]) + 0.01
    expected: list[int] = []
    for step in range(int(duration * value) + 1):
        after = np.flatnonzero(times >= step / value - 1e-6)
        if len(after) and int(after[0]) not in expected:
            expected.append(int(after[0]))
    assert Sampling("fps", value).picks(times, duration).tolist() == expected


@given(gaps=st.lists(st.integers(1, 400), min_size=1, max_size=60), count=st.integers(1, 90))
def test_the_count_rule_is_the_frame_shown_in_the_middle_of_each_part(gaps: list[int], count: int) -> None:
    times = np.cumsum([0, *gaps]) / 100
    duration = float(times[-1]) + 0.5
    middles = (np.arange(count) + 0.5) * duration / count
    expected = np.unique(np.searchsorted(times, middles + 1e-6, side="right") - 1)
    assert Sampling("count", count).picks(times, duration).tolist() == expected.tolist()


@pytest.mark.parametrize("name", ["fps=2", "fps=29.97", "count=64", "every=15", "fps=0.5"])
def test_a_name_says_the_rule_and_is_read_back(name: str) -> None:
    assert Sampling.parse(name).name == name
    assert Sampling.parse(f" {name.replace('=', ' = ')} ").name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fps", "expected a rule and a number"),
        ("fps=fast", "expected a rule and a number"),
        ("seconds=2", "no sampling rule 'seconds'"),
        ("fps=0", "above 0"),
        ("fps=-1", "above 0"),
        ("fps=inf", "above 0"),
        ("fps=nan", "above 0"),
        ("count=2.5", "whole number"),
        ("every=0.5", "whole number"),
    ],
)
def test_what_is_no_rule_is_refused(name: str, message: str) -> None:
    with pytest.raises(OptionValueError, match=message):
        Sampling.parse(name)
