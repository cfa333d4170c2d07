"""Kernel temporal segmentation on examples checked by hand, its errors, and the shots it gives."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vsumbench.scoring import kts_table
from vsumbench.scoring.kts import (
    linear_kernel,
    segment,
    segment_fixed,
    segment_kernel,
    segment_kernel_fixed,
    shot_lengths,
    shots,
)

PEER = Path(__file__).resolve().parents[2] / "benchmarks" / "peers_kts.py"


def runs(*lengths: int) -> NDArray[np.float64]:
    """Runs of equal steps, each run with its own axis: scatters are exact and 0 inside a run."""
    return np.repeat(np.eye(len(lengths)), lengths, axis=0)


def noise(steps: int, width: int = 16, seed: int = 0) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).standard_normal((steps, width))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_runs_of_equal_steps_are_the_segments() -> None:
    found = segment(runs(10, 5, 20, 7), penalty=0.5)
    assert found.change_points.tolist() == [10, 15, 35]
    assert found.objective == pytest.approx(0, abs=1e-12)
    assert found.change_points.dtype == np.int64
    assert found.scores.dtype == np.float64


def test_scores_are_the_least_sums_of_scatters_for_each_number() -> None:
    # Two runs of two: one segment has scatter 4 - (4 + 4) / 4 = 2.
    assert segment_fixed(runs(2, 2), 1).scores.tolist() == [2.0, 0.0]


def test_one_step_is_one_segment() -> None:
    found = segment(np.ones((1, 3)))
    assert found.change_points.tolist() == []
    assert found.scores.tolist() == [0.0]
    assert shots(found.change_points, 8).tolist() == [[0, 7]]


def test_of_equal_segmentations_the_one_with_the_smallest_last_change_point_wins() -> None:
    zeros = np.zeros((6, 2))
    assert segment_fixed(zeros, 2).change_points.tolist() == [1, 2]
    assert segment_fixed(zeros, 2, min_length=2).change_points.tolist() == [2, 4]
    # a b a b: one cut after the first step or before the last is as good; the earlier one wins.
    assert segment_fixed(runs(1, 1)[[0, 1, 0, 1]], 1).change_points.tolist() == [1]


def test_of_equal_costs_the_smallest_number_of_change_points_wins() -> None:
    assert segment(runs(3, 3), penalty=0.0).change_points.tolist() == [3]
    assert segment(np.zeros((9, 4)), penalty=0.0).change_points.tolist() == []


def test_equal_steps_are_one_segment_under_any_penalty() -> None:
    assert segment(np.full((50, 8), 0.1), penalty=1e-3).change_points.tolist() == []


def test_steps_unlike_each_other_are_each_a_segment_unless_the_number_is_bounded() -> None:
    orthogonal = np.eye(40)
    assert segment(orthogonal).change_points.tolist() == list(range(1, 40))
    assert len(segment(orthogonal, max_segments=7, penalty=0.1).change_points) == 6
    assert segment(orthogonal, max_segments=1).change_points.tolist() == []
    assert len(segment(orthogonal, max_segments=1000).change_points) == 39


def test_the_penalty_falls_again_where_the_number_exceeds_the_steps_at_the_rate() -> None:
    """At a rate of 0.15 it rises up to N2 = 30, falls below 0 later: its top must not end the search."""
    rows = noise(200)
    found = segment(rows, rate=0.15, penalty=4.0)
    wide, m = 30.0, np.arange(1, 200)
    costs = segment_fixed(rows, 199).scores / 200
    costs[1:] += 4.0 * m / (2 * wide) * (np.log(wide / m) + 1)
    assert costs[0] < costs[17]
    assert len(found.change_points) == int(np.argmin(costs)) == 199


def test_scatters_that_rounding_leaves_below_zero_do_not_end_the_search() -> None:
    equal = np.full((80, 80), 0.1)
    scores = segment_kernel_fixed(equal, 79).scores
    assert scores[: kts_table.PANEL + 1].min() < 0
    assert int(np.argmin(scores)) > kts_table.PANEL
    assert len(segment_kernel(equal, penalty=0.0).change_points) == int(np.argmin(scores))


@pytest.mark.parametrize("scale", [2.0**-20, 1.0, 2.0**20])
def test_the_scale_of_the_features_changes_nothing_if_the_penalty_has_it_squared(scale: float) -> None:
    found = segment(runs(*range(2, 42)) * scale, penalty=0.1 * scale**2)
    assert found.change_points.tolist() == np.cumsum(range(2, 41)).tolist()


def test_a_first_segment_of_exactly_the_greatest_length_is_not_reached() -> None:
    zeros = np.zeros((10, 1))
    assert segment_fixed(zeros, 1, max_length=6).change_points.tolist() == [4]
    assert segment_fixed(zeros, 2, max_length=4).change_points.tolist() == [2, 6]
    with pytest.raises(ValueError, match="no segmentation of 10 steps has segments of 1 to 5 steps"):
        segment_fixed(zeros, 1, max_length=5)
    with pytest.raises(ValueError, match="no segmentation"):
        segment(zeros, max_segments=2, max_length=5)


def test_numbers_too_small_for_the_greatest_length_are_infinite_and_not_chosen() -> None:
    found = segment(np.zeros((10, 1)), max_length=4)
    assert found.scores.tolist() == [np.inf, np.inf, 0.0]
    assert len(found.change_points) == 2


def test_the_default_number_of_change_points_leaves_room_for_the_least_length() -> None:
    found = segment(np.eye(11), min_length=3, penalty=0.0)
    assert np.diff((0, *found.change_points, 11)).min() >= 3
    assert len(found.change_points) == 2
    with pytest.raises(ValueError, match="11 steps have no room for 11 segments of at least 3"):
        segment(np.eye(11), min_length=3, max_change_points=10)


@pytest.mark.parametrize(
    ("features", "told"),
    [
        (np.zeros((0, 4)), r"at least one step, not \(0, 4\)"),
        (np.zeros((4, 0)), r"not \(4, 0\)"),
        (np.zeros(4), r"\(N, D\)"),
        (np.zeros((2, 2, 2)), r"\(N, D\)"),
        (np.array([[0.0, np.nan]]), "NaN"),
        (np.array([[0.0], [-np.inf]]), "infinite"),
        (np.full((3, 3), 1e200), "overflow"),
    ],
)
def test_features_that_cannot_be_segmented_are_refused(features: NDArray[np.float64], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        segment(features)
    with pytest.raises(ValueError, match=told):
        segment_fixed(features, 0)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"max_change_points": 5}, "5 steps have no room for 6 segments"),
        ({"max_change_points": -1}, "cannot be -1"),
        ({"max_segments": 0}, "max_segments cannot be 0"),
        ({"min_length": 6}, "no room for 1 segments of at least 6"),
        ({"min_length": 0}, "0 to 100000 steps"),
        ({"min_length": 3, "max_length": 2}, "3 to 2 steps"),
        ({"max_segments": 2, "max_length": 2}, "5 steps are too many for 2 segments of at most 2"),
        ({"penalty": -0.5}, "penalty"),
        ({"penalty": np.nan}, "penalty"),
        ({"rate": 0.0}, "rate"),
        ({"rate": np.inf}, "rate"),
    ],
)
def test_bounds_that_cannot_be_met_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        segment(noise(5), **settings)


def test_fixed_numbers_without_room_are_refused() -> None:
    for count in (-1, 5, 100):
        with pytest.raises(ValueError):
            segment_fixed(noise(5), count)


@pytest.mark.parametrize("shape", [(3, 4), (0, 0), (4,)])
def test_a_kernel_is_square_and_finite(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a kernel must be"):
        segment_kernel(np.zeros(shape))
    with pytest.raises(ValueError, match="NaN"):
        segment_kernel_fixed(np.array([[np.nan]]), 0)


def test_a_float32_kernel_is_summed_in_float64() -> None:
    """By the thousandth step a float32 running sum has lost what tells the runs apart."""
    kernel = linear_kernel(runs(1500, 1500) + 30.0).astype(np.float32)
    assert segment_kernel_fixed(kernel, 1).change_points.tolist() == [1500]
    assert segment_kernel_fixed(kernel, 1).objective == pytest.approx(0, abs=1e-5)


def test_other_number_types_and_memory_orders_give_the_same_segments() -> None:
    rows = np.round(noise(40) * 64)
    expected = segment(rows).change_points.tolist()
    for other in (rows.astype(np.float16), rows.astype(np.int32), np.asfortranarray(rows), rows[::-1][::-1]):
        assert segment(other).change_points.tolist() == expected


def test_shots_hold_every_frame_once() -> None:
    found = shots(np.array([2, 5]), 100)
    assert found.tolist() == [[0, 29], [30, 74], [75, 99]]
    assert found.dtype == np.int64
    assert shot_lengths(found).tolist() == [30, 45, 25]
    assert shots(np.array([2]), 5, sample_rate=2).tolist() == [[0, 3], [4, 4]]


@pytest.mark.parametrize("points", [[0], [3, 3], [4, 2], [7], [8], [-1]])
def test_a_shot_without_a_frame_is_refused(points: list[int]) -> None:
    with pytest.raises(ValueError, match="must increase"):
        shots(np.array(points), 105)


def test_shots_of_no_frames_or_of_steps_of_no_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="below 0 frames"):
        shots(np.array([], dtype=np.int64), 0)
    with pytest.raises(ValueError, match="at least one frame"):
        shots(np.array([], dtype=np.int64), 10, sample_rate=0)


@pytest.mark.parametrize("data", ["blocks", "orthogonal"])
def test_the_peer_of_the_benchmark_finds_the_same(data: str) -> None:
    spec = importlib.util.spec_from_file_location("peers_kts", PEER)
    assert spec is not None and spec.loader is not None
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    rows = getattr(peer, data)(120, 32)
    for most in (0, 7, 119):
        expected = peer.auto(rows, most)
        assert np.array_equal(segment(rows, max_change_points=most).change_points, expected)
