"""The traps of upsampling, knapsacks, keyshot summaries and F1 (protocols.md a.1 to a.5), one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vsumbench.scoring.keyshots import RULES, keyshot_summary
from vsumbench.scoring.knapsack import knapsack, knapsack_float32, knapsack_thousandths, rank_selection
from vsumbench.scoring.overlap import overlap_dsnet, overlap_mrhisum, overlap_pgl, overlap_vasnet
from vsumbench.scoring.shots import budget_frames, hold, hold_strict, shot_values, shot_values_as_numpy

ONE_SHOT = np.asarray([[0, 9]])


def _shots(*lengths: int) -> np.ndarray:
    ends = np.cumsum(lengths)
    return np.stack([ends - lengths, ends - 1], axis=1)


def _chosen(selection: np.ndarray) -> list[int]:
    return np.flatnonzero(selection).tolist()


@pytest.mark.parametrize("picks", [[], [3, 2], [0, 0], [-1, 4], [0, 11]])
def test_picks_that_do_not_increase_within_the_video_are_refused(picks: list[int]) -> None:
    with pytest.raises(ValueError, match="pick"):
        hold(np.ones(len(picks)), np.asarray(picks, dtype=np.int64), 10)


def test_a_missing_score_is_zero_in_one_family_of_references_and_refused_in_the_other() -> None:
    picks = np.asarray([0, 2, 4])
    assert hold(np.asarray([5.0, 6.0]), picks, 6).tolist() == [5, 5, 6, 6, 0, 0]
    with pytest.raises(ValueError, match="2 scores for 3 picks, expected one each"):
        hold_strict(np.asarray([5.0, 6.0]), picks, 6)


def test_a_constant_prediction_ties_exactly_by_default_and_not_as_numpy_rounds() -> None:
    scores, shots = np.full(700, 0.1, dtype=np.float32), _shots(133, 267, 300)
    assert len(set(shot_values(scores, shots).tolist())) == 1
    assert len(set(shot_values_as_numpy(scores, shots).tolist())) > 1


def test_whole_numbers_have_means_that_are_none() -> None:
    scores = np.asarray([1, 2, 4, 4])
    assert shot_values_as_numpy(scores, _shots(2, 2)).tolist() == [1.5, 4.0]
    assert shot_values(scores, _shots(2, 2)).tolist() == [1.5, 4.0]


def test_the_budget_to_the_nearest_frame_rounds_halves_to_even() -> None:
    assert [budget_frames(n, rounding="nearest") for n in (10, 30, 97)] == [2, 4, 15]
    assert [budget_frames(n) for n in (10, 30, 97)] == [1, 4, 14]
    assert budget_frames(10, share=0.5) == 5


def test_a_float32_table_can_choose_otherwise_than_an_exact_one() -> None:
    # The second and third together are worth a little more, by less than float32 can tell.
    values, weights = np.asarray([1.0, 0.5, 0.5 + 1e-9]), np.asarray([2, 1, 1])
    assert _chosen(knapsack(values, weights, 2)) == [1, 2]
    assert _chosen(knapsack_float32(values, weights, 2)) == [0]


@pytest.mark.parametrize(("values", "capacity"), [([], 5), ([0.5], 0)])
def test_the_float32_knapsack_refuses_no_shots_and_no_budget(values: list[float], capacity: int) -> None:
    with pytest.raises(ValueError, match="needs 1 of each"):
        knapsack_float32(np.asarray(values), np.ones(len(values), dtype=np.int64), capacity)
    assert not knapsack(np.asarray(values), np.ones(len(values), dtype=np.int64), capacity).any()


def test_scores_below_a_thousandth_count_for_nothing_in_thousandths() -> None:
    values, weights = np.asarray([0.0001, 0.0009, 0.0004]), np.asarray([3, 2, 2])
    assert _chosen(knapsack(values, weights, 4)) == [1, 2]
    assert _chosen(knapsack_thousandths(values, weights, 4)) == [0], "the first shot, whatever it is worth"


def test_thousandths_are_cut_after_rounding_in_the_type_of_the_values() -> None:
    weights = np.asarray([2, 1])
    # 0.7 in float32 is a little less than 0.7; only a float32 product rounds it back to 700.
    values = np.asarray([0.7, 0.6995], dtype=np.float32)
    assert _chosen(knapsack_thousandths(values, weights, 2)) == [0]
    assert _chosen(knapsack_thousandths(values.astype(np.float64), weights, 2)) == [0]
    equal = np.asarray([0.7, 0.7], dtype=np.float32)
    mixed = np.asarray([equal[0], 0.7])
    assert _chosen(knapsack_thousandths(equal, np.asarray([1, 1]), 1)) == [0]
    assert _chosen(knapsack_thousandths(mixed, np.asarray([1, 1]), 1)) == [1]


def test_the_thousandths_knapsack_takes_everything_where_everything_fits() -> None:
    assert knapsack_thousandths(np.asarray([0.0, 0.5, 0.0]), np.asarray([1, 1, 1]), 3).all()


def test_negative_values_are_never_taken_by_a_table_and_refused_in_thousandths() -> None:
    values, weights = np.asarray([-0.5, 0.3, -0.1]), np.asarray([2, 3, 1])
    assert _chosen(knapsack(values, weights, 6)) == [1]
    assert _chosen(knapsack_float32(values, weights, 6)) == [1]
    with pytest.raises(ValueError, match=r"-0\.5 is negative; shift the scores"):
        knapsack_thousandths(values, weights, 6)


def test_rank_selection_stays_strictly_below_the_budget_and_skips_what_does_not_fit() -> None:
    values = np.asarray([0.9, 0.8, 0.7])
    assert _chosen(rank_selection(values, np.asarray([2, 9, 2]), 5)) == [0, 2]
    assert _chosen(rank_selection(values, np.asarray([2, 9, 3]), 5)) == [0]


def test_rank_selection_tries_the_later_of_equal_shots_first_or_in_the_order_given() -> None:
    values, weights = np.full(3, 0.5), np.asarray([2, 2, 2])
    assert _chosen(rank_selection(values, weights, 5)) == [1, 2]
    assert _chosen(rank_selection(values, weights, 5, np.asarray([0, 1, 2]))) == [0, 1]
    with pytest.raises(ValueError, match="no permutation"):
        rank_selection(values, weights, 5, np.asarray([0, 0, 2]))


@pytest.mark.parametrize(
    ("values", "weights", "capacity", "said"),
    [
        ([0.5], [1, 2], 3, "not one number a shot"),
        ([0.5], [0], 3, "0 frames, expected at least 1"),
        ([0.5], [1], -1, "capacity is -1"),
        ([float("nan")], [1], 3, "not finite"),
    ],
)
def test_knapsacks_refuse_what_is_no_problem(
    values: list[float], weights: list[int], capacity: int, said: str
) -> None:
    for solve in (knapsack, knapsack_thousandths, rank_selection):
        with pytest.raises(ValueError, match=said):
            solve(np.asarray(values), np.asarray(weights), capacity)


def test_a_summary_is_empty_where_every_shot_is_longer_than_the_budget() -> None:
    for name in ("default", "csta", "vsummrl_dp", "dsnet", "vasnet_rank", "revs_mean"):
        assert not keyshot_summary(np.ones(40), _shots(20, 20), 40, RULES[name]).any(), name


def test_shots_that_end_before_the_video_are_refused_by_default_and_split_the_references() -> None:
    # 40 frames, shots on 30 of them: a budget of 6 frames of the video, or of 4 up to the last shot.
    scores, shots = np.ones(40), _shots(10, 6, 4, 10)
    with pytest.raises(ValueError, match="ends at frame 29 of a video of 40"):
        keyshot_summary(scores, shots, 40)
    csta, dsnet = (keyshot_summary(scores, shots, 40, RULES[name]) for name in ("csta", "dsnet"))
    assert _chosen(csta) == list(range(16, 20)) and len(csta) == 30
    # One shot either way; on the tie the later is left out.
    assert _chosen(dsnet) == list(range(10, 16)) and len(dsnet) == 40
    vasnet = keyshot_summary(scores, shots, 40, RULES["vasnet_ortools"])
    assert _chosen(vasnet) == list(range(10, 16)) and len(vasnet) == 30


def test_shots_that_end_after_the_video_are_cut_where_the_reference_cuts_them() -> None:
    scores, shots = np.ones(40), _shots(36, 5)
    assert keyshot_summary(scores, shots, 40, RULES["csta"]).shape == (41,)
    assert _chosen(keyshot_summary(scores, shots, 40, RULES["dsnet"])) == [36, 37, 38, 39]


@pytest.mark.parametrize(
    ("shots", "said"),
    [
        ([[0, 4], [6, 9]], "follow one another"),
        ([[0, 5], [5, 9]], "follow one another"),
        ([[1, 9]], "follow one another"),
        ([[0, 9], [10, 12]], "shot 1 goes from frame 10 to 12 in a video of 10"),
        ([[0, 9], [10, 9]], "shot 1 goes"),
        ([], "not"),
    ],
)
def test_shots_that_are_no_division_of_the_video_are_refused(shots: list[list[int]], said: str) -> None:
    for name in ("default", "csta"):
        with pytest.raises(ValueError, match=said):
            keyshot_summary(np.ones(10), np.asarray(shots, dtype=np.int64), 10, RULES[name])


def test_scores_that_are_not_one_a_frame_or_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one a frame"):
        keyshot_summary(np.ones(9), ONE_SHOT, 10)
    for name in ("default", "csta", "vasnet_rank", "dsnet"):
        with pytest.raises(ValueError, match="not finite"):
            keyshot_summary(np.full(10, np.nan), ONE_SHOT, 10, RULES[name])
    with pytest.raises(ValueError, match="no shots"):
        keyshot_summary(np.ones(10), np.zeros((0, 2), dtype=np.int64), 10)


def test_mean_values_prefer_short_shots_and_sums_long_ones() -> None:
    scores, shots = np.repeat([0.5, 0.6, 0.0], [6, 2, 32]), _shots(6, 2, 32)
    assert _chosen(keyshot_summary(scores, shots, 40, RULES["revs_mean"])) == [6, 7]
    assert _chosen(keyshot_summary(scores, shots, 40, RULES["revs_sum"])) == list(range(6))
    by_sum = replace(RULES["a2summ_round"], value="sum")
    assert _chosen(keyshot_summary(scores, shots, 40, by_sum)) == list(range(6))


def test_in_mr_hisum_the_first_frame_of_the_next_shot_counts_for_a_shot_too() -> None:
    scores, shots = np.repeat([0.5, 0.4, 1.0, 0.0], [3, 3, 1, 33]), _shots(3, 3, 1, 33)
    # Five frames may be chosen: one of the two long shots, and the frame that stands alone.
    assert _chosen(keyshot_summary(scores, shots, 40, RULES["llmvs"])) == [0, 1, 2, 6]
    assert _chosen(keyshot_summary(scores, shots, 40, RULES["mrhisum"])) == [3, 4, 5, 6]


def test_an_empty_user_is_nan_in_one_convention_and_zero_in_the_others() -> None:
    chosen, rows = np.asarray([1, 1, 0, 0]), np.asarray([[0, 0, 0, 0], [1, 1, 0, 0]])
    assert np.isnan(overlap_pgl(chosen, rows).f1).tolist() == [True, False]
    for convention in (overlap_vasnet, overlap_dsnet, overlap_mrhisum):
        assert convention(chosen, rows).f1[0] == 0


def test_the_best_of_users_keeps_an_undefined_first_one_and_passes_over_a_later_one() -> None:
    chosen, rows = np.asarray([1, 1, 0, 0]), np.asarray([[0, 0, 0, 0], [1, 1, 0, 0]])
    first, later = overlap_pgl(chosen, rows), overlap_pgl(chosen, rows[::-1])
    assert np.isnan(first.best()[0]) and later.best() == (100, 100, 100)
    assert np.isnan(first.mean()[0]) and np.isnan(later.mean()[0])


def test_the_best_of_users_comes_with_the_precision_and_recall_of_that_user() -> None:
    chosen = np.asarray([1, 1, 0, 0, 0, 0])
    rows = np.asarray([[0, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]])
    assert overlap_dsnet(chosen, rows).best() == pytest.approx((2 / 3, 1.0, 0.5))


def test_an_overlong_prediction_loses_precision_only_where_references_are_padded() -> None:
    chosen, rows = np.asarray([1, 1, 1]), np.asarray([[1, 1]])
    assert overlap_pgl(chosen, rows).precision.tolist() == [pytest.approx(200 / 3)]
    assert overlap_dsnet(chosen, rows).precision.tolist() == [1.0]
    assert overlap_vasnet(chosen, rows).precision.tolist() == [1.0]


def test_no_reference_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="references"):
        overlap_dsnet(np.asarray([1, 0]), np.zeros((0, 2)))
