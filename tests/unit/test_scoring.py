"""The array functions on examples small enough to check by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vsumbench.contracts import Cause, ReferenceSet, Undefined
from vsumbench.defaults.metrics import f1, kendall, spearman
from vsumbench.scoring.keyshots import keyshot_summary
from vsumbench.scoring.knapsack import knapsack
from vsumbench.scoring.overlap import f1_scores
from vsumbench.scoring.rank import kendall_tau_b, levels, spearman_rho
from vsumbench.scoring.shots import budget_frames, hold, shot_values, top_share


def test_hold_keeps_each_score_until_the_next_pick_and_zero_before_the_first() -> None:
    held = hold(np.asarray([5.0, 7.0]), np.asarray([2, 4]), 7)
    assert held.tolist() == [0, 0, 5, 5, 7, 7, 7]


def test_hold_tolerates_one_missing_score_and_no_more() -> None:
    assert hold(np.asarray([5.0]), np.asarray([0, 2]), 4).tolist() == [5, 5, 0, 0]
    with pytest.raises(ValueError, match="1 scores for 3 picks"):
        hold(np.asarray([5.0]), np.asarray([0, 1, 2]), 4)
    with pytest.raises(ValueError, match="3 scores for 2 picks"):
        hold(np.asarray([5.0, 6.0, 7.0]), np.asarray([0, 1]), 4)


def test_hold_with_a_last_pick_at_the_end_consumes_one_score_less() -> None:
    assert hold(np.asarray([5.0, 6.0, 7.0]), np.asarray([0, 2, 4]), 4).tolist() == [5, 5, 6, 6]


def test_shot_values_are_means_over_both_ends() -> None:
    values = shot_values(np.asarray([1.0, 2.0, 3.0, 10.0]), np.asarray([[0, 2], [3, 3]]))
    assert values.tolist() == [2.0, 10.0]


def test_the_budget_is_fifteen_percent_in_whole_frames_for_every_length_up_to_40000() -> None:
    assert all(budget_frames(n) == int(n * 0.15) for n in range(40_001))


def test_knapsack_leaves_the_later_item_out_on_a_tie() -> None:
    assert knapsack(np.asarray([1.0, 1.0]), np.asarray([5, 5]), 9).tolist() == [True, False]


def test_knapsack_never_takes_a_negative_value_nor_an_item_of_no_value() -> None:
    values = np.asarray([-1.0, 0.0, 2.0])
    assert knapsack(values, np.asarray([1, 1, 1]), 3).tolist() == [False, False, True]


def test_a_keyshot_summary_is_empty_when_every_shot_is_longer_than_the_budget() -> None:
    chosen = keyshot_summary(np.ones(100), np.asarray([[0, 49], [50, 99]]), 100)
    assert not chosen.any()


def test_top_share_takes_one_more_than_k_and_everything_that_ties_with_it() -> None:
    assert np.flatnonzero(top_share(np.arange(20.0))).tolist() == [16, 17, 18, 19]
    assert top_share(np.zeros(20)).all()
    assert np.flatnonzero(top_share(np.asarray([0.0, 1.0]))).tolist() == [1]
    assert top_share(np.asarray([3.0])).all()


def test_f1_is_exact_and_zero_without_overlap() -> None:
    chosen = np.asarray([True, True, False, False])
    rows = np.asarray([[1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]], dtype=np.bool_)
    assert f1_scores(chosen, rows).tolist() == [2 / 3, 0.0, 0.0, 1.0]


def test_f1_of_an_empty_reference_is_the_references_fault_even_for_an_empty_prediction() -> None:
    rows = ReferenceSet(np.asarray([[0, 0], [1, 0]], dtype=np.bool_))
    causes = [value.cause for value in f1(np.asarray([False, False]), rows) if isinstance(value, Undefined)]
    assert causes == [Cause.REFERENCE, Cause.PREDICTION]
    nothing, some = f1(np.asarray([True, False]), rows)
    assert isinstance(nothing, Undefined) and nothing.cause is Cause.REFERENCE and some == 100.0


@pytest.mark.parametrize("metric", [kendall, spearman])
def test_constant_vectors_have_no_rank_correlation_and_the_reference_is_blamed_first(metric: object) -> None:
    assert callable(metric)
    rows = ReferenceSet(np.asarray([[1.0, 1.0, 1.0], [1.0, 2.0, 3.0]]))
    constant, ranked = metric(np.asarray([1.0, 2.0, 3.0]), rows)
    assert (
        isinstance(constant, Undefined) and constant.cause is Cause.REFERENCE and ranked == pytest.approx(1.0)
    )
    constant, ranked = metric(np.asarray([2.0, 2.0, 2.0]), rows)
    assert constant.cause is Cause.REFERENCE and ranked.cause is Cause.PREDICTION


@pytest.mark.parametrize("metric", [kendall, spearman])
def test_one_step_has_no_rank_correlation(metric: object) -> None:
    assert callable(metric)
    (value,) = metric(np.asarray([1.0]), ReferenceSet(np.asarray([[1.0]])))
    assert isinstance(value, Undefined) and value.cause is Cause.REFERENCE


def test_levels_are_dense_ranks_whatever_the_type_of_the_values() -> None:
    for values in (
        [30, 10, 30],
        [0.3, 0.1, 0.3],
        [True, False, True],
        [1e300, -1e300, 1e300],
        [5e-324, 0, 5e-324],
    ):
        found = levels(np.asarray(values))
        assert found.codes.tolist() == [1, 0, 1] and found.counts.tolist() == [1, 2]
    assert levels(np.asarray([-3.0, 1021.0])).codes.tolist() == [0, 1]
    assert levels(np.asarray([0.0, -0.0])).constant


def test_long_untied_vectors_go_to_the_other_algorithm_and_give_the_same() -> None:
    generator = np.random.default_rng(1)
    a, b = generator.random(1600), generator.random(1600)
    joined = np.concatenate([a[:1300], a[:300]]), np.concatenate([b[:1300], b[:300]])
    from scipy import stats

    for x, y in ((a, b), joined):
        assert kendall_tau_b(levels(x), levels(y)) == pytest.approx(
            stats.kendalltau(x, y).statistic, abs=1e-12
        )
        assert spearman_rho(levels(x), levels(y)) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_tau_of_a_constant_vector_is_nan_for_the_caller_to_replace() -> None:
    constant, ranked = levels(np.zeros(3)), levels(np.arange(3))
    assert math.isnan(kendall_tau_b(constant, ranked)) and math.isnan(spearman_rho(ranked, constant))
