"""The paired permutation test: against scipy, by hand where folds overlap, and how often it cries wolf."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.leaderboard.statistics.layout import Layout, aggregate
from vsumbench.leaderboard.statistics.permutation import contributions, paired_test
from vsumbench.leaderboard.statistics.seeding import generator


def one_fold(n: int) -> Layout:
    return Layout.of([("f", f"v{i}") for i in range(n)])


def overlapping(videos: int = 20, folds: int = 5, size: int = 8, seed: int = 0) -> Layout:
    """Folds that draw their test videos anew, as published splits do."""
    random = np.random.default_rng(seed)
    return Layout.of(
        [
            (f"split{fold}", f"v{video}")
            for fold in range(folds)
            for video in sorted(random.choice(videos, size, replace=False))
        ]
    )


@pytest.mark.parametrize("n", [3, 7, 10])
def test_with_few_videos_p_is_that_of_all_assignments_of_signs(n: int) -> None:
    from scipy.stats import permutation_test

    first, second = np.random.default_rng(n).normal(size=(2, n))
    second += 0.6
    expected = permutation_test(
        (first, second),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    found = paired_test((first - second)[:, None], one_fold(n), generator("test"))
    assert found.p[0] == pytest.approx(expected.pvalue)
    assert found.difference[0] == pytest.approx(expected.statistic)


def test_drawn_signs_come_near_to_all_of_them() -> None:
    differences = np.random.default_rng(5).normal(0.4, 1, size=(14, 1))
    exact = paired_test(differences, one_fold(14), generator("a")).p[0]
    # A video without a difference changes no assignment, and takes the test beyond what is enumerated.
    more = np.concatenate([differences, np.zeros((1, 1))])
    drawn = paired_test(more, one_fold(15), generator("a")).p[0]
    assert 0.01 < exact < 0.5
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 10_000))


def test_a_drawn_p_is_never_zero() -> None:
    found = paired_test(np.ones((40, 1)), one_fold(40), generator("a"))
    assert found.p[0] == 1 / 10_001


def test_folds_weigh_alike_whatever_their_sizes() -> None:
    layout = Layout.of([("a", "v1"), ("b", "v2"), ("b", "v3"), ("b", "v4")])
    differences = np.array([[4.0], [1.0], [1.0], [1.0]])
    # Mean of folds (4 + 1) / 2. Signs that reach 2.5: all plus and all minus, of 16.
    found = paired_test(differences, layout, generator("a"))
    assert found.difference[0] == pytest.approx(2.5)
    assert found.p[0] == 2 / 16


def test_a_video_of_two_folds_is_swapped_in_both_at_once() -> None:
    layout = Layout.of([("a", "v1"), ("a", "v2"), ("b", "v1"), ("b", "v3")])
    differences = np.array([[1.0], [2.0], [3.0], [-1.0]])
    assert contributions(differences, layout)[:, 0].tolist() == [1.0, 0.5, -0.25]
    found = paired_test(differences, layout, generator("a"))
    # |±1 ± 0.5 ± 0.25| is at least 1.25 in 4 of 8 assignments; with 4 free signs it would be another share.
    assert found.videos[0] == 3
    assert (found.difference[0], found.p[0]) == (1.25, 4 / 8)


def test_the_statistic_is_the_difference_of_the_two_values() -> None:
    layout = overlapping()
    first, second = np.random.default_rng(2).normal(size=(2, len(layout.pairs), 1))
    found = paired_test(first - second, layout, generator("a"))
    assert found.difference == pytest.approx(aggregate(first, layout) - aggregate(second, layout))


def test_undefined_pairs_are_left_out_and_counted() -> None:
    values = np.array([[1.0], [np.nan], [2.0], [np.nan], [3.0]])
    found = paired_test(values, one_fold(5), generator("a"))
    alone = paired_test(np.array([[1.0], [2.0], [3.0]]), one_fold(3), generator("a"))
    assert (found.videos[0], found.left_out[0]) == (3, 2)
    assert (found.difference[0], found.p[0]) == (alone.difference[0], alone.p[0]) == (2.0, 2 / 8)


def test_without_a_defined_pair_there_is_no_p() -> None:
    found = paired_test(np.full((4, 1), np.nan), one_fold(4), generator("a"))
    assert np.isnan(found.p[0])
    assert np.isnan(found.difference[0])


def test_rows_tested_together_are_tested_as_alone() -> None:
    layout = overlapping()
    table = np.random.default_rng(3).normal(0.2, 1, size=(len(layout.pairs), 4))
    table[2, 1] = np.nan
    together = paired_test(table, layout, generator("a"))
    for row in range(4):
        alone = paired_test(table[:, [row]], layout, generator("a"))
        assert together.p[row] == alone.p[0]


def test_swapping_the_methods_changes_the_sign_alone() -> None:
    table = np.random.default_rng(3).normal(0.3, 1, size=(30, 1))
    one, other = (paired_test(s * table, one_fold(30), generator("a")) for s in (1, -1))
    assert one.p[0] == other.p[0]
    assert one.difference[0] == -other.difference[0]


def test_equal_methods_are_told_apart_as_often_as_alpha_says() -> None:
    from scipy.stats import binom

    layout, sets = overlapping(), 2_000
    random = np.random.default_rng(11)
    # Scores of one video agree over folds: what makes a test that takes pairs as independent cry wolf.
    videos = random.normal(size=(len(layout.videos), sets))
    noise = 0.3 * random.normal(size=(len(layout.pairs), sets))
    found = paired_test(videos[layout.video_of] + noise, layout, generator("a"), draws=2_000)
    low, high = binom.interval(0.999, sets, 0.05)
    false = int((found.p < 0.05).sum())
    assert low <= false <= high
    independent = Layout.of([(fold, f"{fold} {video}") for fold, video in layout.pairs])
    naive = paired_test(videos[layout.video_of] + noise, independent, generator("a"), draws=2_000)
    assert (naive.p < 0.05).sum() > high
