"""Holm, mean ranks, power, performance over random, agreement, the front: hand cases and other libraries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from vsumbench.leaderboard.statistics.agreement import kendall, spearman
from vsumbench.leaderboard.statistics.holm import holm
from vsumbench.leaderboard.statistics.mean_ranks import (
    cliques,
    critical_difference,
    friedman,
    mean_ranks,
)
from vsumbench.leaderboard.statistics.over_random import over_random
from vsumbench.leaderboard.statistics.pareto import front
from vsumbench.leaderboard.statistics.power import detectable, power_of
from vsumbench.leaderboard.statistics.seeds import deviation, mean_and_deviation


def test_holm_multiplies_step_by_step_and_never_goes_down() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04 → the last is held at 0.06.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx((0.06, 0.04, 0.06, 0.06))


def test_holm_stays_below_one_and_changes_nothing_of_a_single_test() -> None:
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([0.03]) == (0.03,)
    assert holm([]) == ()


def test_mean_and_deviation_of_seeds() -> None:
    assert mean_and_deviation([1.0, 3.0]) == (2.0, math.sqrt(2))
    assert mean_and_deviation([2.0]) == (2.0, None)
    assert mean_and_deviation([1.0, None]) == (None, None)
    assert deviation([1.0, 2.0, 3.0, 4.0]) == pytest.approx(np.std([1, 2, 3, 4], ddof=1))


def test_the_critical_difference_is_that_of_demsars_example() -> None:
    # Demšar 2006, section 3.2.4: k = 4, N = 14, q = 2.569 gives 1.25.
    assert critical_difference(4, 14) == pytest.approx(2.569 * math.sqrt(4 * 5 / (6 * 14)), abs=5e-4)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


@pytest.mark.parametrize(("methods", "q"), [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)])
def test_the_quantiles_are_those_of_demsars_table(methods: int, q: float) -> None:
    assert critical_difference(methods, 1) / math.sqrt(methods * (methods + 1) / 6) == pytest.approx(
        q, abs=1e-3
    )


def test_the_quantiles_are_those_of_scipy() -> None:
    from scipy.stats import studentized_range

    for methods in (2, 3, 6, 20, 60):
        own = critical_difference(methods, 1) / math.sqrt(methods * (methods + 1) / 12)
        assert own == pytest.approx(studentized_range.ppf(0.95, methods, np.inf), rel=1e-6)


def test_friedmans_p_is_that_of_scipy_with_and_without_ties() -> None:
    from scipy.stats import friedmanchisquare

    random = np.random.default_rng(0)
    for scores in (random.normal(size=(15, 4)), random.integers(0, 3, size=(15, 4)).astype(float)):
        assert friedman(scores) == pytest.approx(friedmanchisquare(*scores.T).pvalue)


def test_mean_ranks_share_ties() -> None:
    scores = np.array([[0.9, 0.5, 0.5], [0.2, 0.8, 0.1]])
    assert mean_ranks(scores).tolist() == [1.5, 1.75, 2.75]


def test_friedman_sees_a_method_that_always_wins_and_no_difference_in_ties() -> None:
    scores = np.random.default_rng(0).normal(size=(20, 3))
    assert (friedman(scores) or 0) > 0.01
    scores[:, 0] += 5
    assert (friedman(scores) or 1) < 0.001
    assert friedman(np.ones((20, 3))) is None


def test_cliques_are_the_largest_groups_within_the_difference() -> None:
    assert cliques([1.0, 1.5, 2.2, 4.0], 1.0) == ((0, 1), (1, 2))
    assert cliques([1.0, 1.5, 1.9, 4.0], 1.0) == ((0, 1, 2),)
    # A difference of exactly the critical one is told apart.
    assert cliques([1.0, 2.0, 3.0], 1.0) == ()


def test_power_is_that_of_simulated_tests() -> None:
    from scipy.stats import ttest_1samp

    draws = np.random.default_rng(3).normal(0.5, 1.0, size=(12, 20_000))
    found = (ttest_1samp(draws, 0).pvalue < 0.05).mean()
    assert power_of(0.5, 1.0, 12) == pytest.approx(found, abs=0.012)


def test_power_is_that_of_the_noncentral_t_distribution() -> None:
    from scipy.stats import nct, t

    for n, shift in ((2, 1.0), (5, 0.5), (25, 0.7), (4000, 0.04)):
        critical, moved = t.ppf(0.975, n - 1), shift * math.sqrt(n)
        expected = nct.sf(critical, n - 1, moved) + nct.cdf(-critical, n - 1, moved)
        assert power_of(shift, 1.0, n) == pytest.approx(expected)


def test_power_at_no_difference_is_alpha() -> None:
    assert power_of(0.0, 1.0, 25) == pytest.approx(0.05)


def test_the_detectable_difference_is_found_with_the_power_asked_for() -> None:
    for n in (2, 5, 25, 4000):
        least = detectable(0.3, n)
        assert least is not None
        assert power_of(least, 0.3, n) == pytest.approx(0.8, abs=1e-6)
    assert detectable(0.3, 1) is None
    assert detectable(0.0, 5) == 0.0


def test_with_many_videos_the_detectable_difference_is_the_normal_one() -> None:
    from scipy.stats import norm

    expected = (norm.ppf(0.975) + norm.ppf(0.8)) / math.sqrt(4000)
    assert detectable(1.0, 4000) == pytest.approx(expected, rel=1e-3)


def test_performance_over_random_is_a_percentage_of_random() -> None:
    assert over_random(50.0, 40.0, 38.0, scale="percent") == (125.0, "")
    assert over_random(0.5, 0.4, None, scale="fraction") == (125.0, "")


@pytest.mark.parametrize(
    ("random", "low", "scale", "higher", "why"),
    [
        (0.01, 0.005, "correlation", True, "correlation"),
        (0.0, None, "percent", True, "no positive value"),
        (-0.2, None, "raw", True, "no positive value"),
        (1.0, -0.5, "percent", True, "reaches zero"),
        (1.0, 0.5, "percent", False, "less is better"),
    ],
)
def test_performance_over_random_is_undefined_with_a_reason(
    random: float, low: float | None, scale: str, higher: bool, why: str
) -> None:
    percent, reason = over_random(50.0, random, low, scale=scale, higher=higher)
    assert percent is None
    assert why in reason


def test_agreement_of_orders() -> None:
    assert kendall([1, 2, 3, 4], [10, 20, 30, 40]) == 1.0
    assert kendall([1, 2, 3], [3, 2, 1]) == -1.0
    # One of three pairs turned: (2 - 1) / 3; rho 1 - 6 * 2 / 24.
    assert kendall([1, 2, 3], [1, 3, 2]) == pytest.approx(1 / 3)
    assert spearman([1, 2, 3], [1, 3, 2]) == pytest.approx(0.5)
    # Tau-b with one tie on one side: 2 / sqrt(3 * 2).
    assert kendall([1, 2, 3], [1, 1, 2]) == pytest.approx(2 / math.sqrt(6))


def test_agreement_is_that_of_scipy_with_and_without_ties() -> None:
    from scipy.stats import kendalltau, spearmanr

    random = np.random.default_rng(0)
    for first, second in (random.normal(size=(2, 30)), random.integers(0, 5, (2, 30)).astype(float)):
        assert kendall(first.tolist(), second.tolist()) == pytest.approx(kendalltau(first, second).statistic)
        assert spearman(first.tolist(), second.tolist()) == pytest.approx(spearmanr(first, second).statistic)


def test_agreement_is_undefined_where_there_is_no_order() -> None:
    assert kendall([1], [2]) is None
    assert spearman([1, 1, 1], [1, 2, 3]) is None


def test_the_front_is_what_no_other_row_beats() -> None:
    assert front([1, 2, 3, 2], [5, 7, 6, 4]) == (True, True, False, False)
    assert front([1, 2, 3, 2], [5, 7, 6, 4], higher=False) == (True, False, False, True)
    assert front([1, 1, 1], [5, 5, 4]) == (True, True, False)


def test_the_front_is_that_of_the_definition() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        costs, qualities = random.integers(0, 4, (2, 6)).tolist()
        expected = [
            not any(
                c <= costs[i] and q >= qualities[i] and (c < costs[i] or q > qualities[i])
                for c, q in zip(costs, qualities, strict=True)
            )
            for i in range(6)
        ]
        assert list(front(costs, qualities)) == expected


def test_holm_never_finds_more_than_each_test_alone() -> None:
    for values in itertools.product((0.001, 0.02, 0.04, 0.3), repeat=3):
        assert all(after >= before for after, before in zip(holm(values), values, strict=True))
