"""Bootstrap intervals: against normal theory, by hand where folds matter, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.leaderboard.statistics.bootstrap import intervals, resample_weights
from vsumbench.leaderboard.statistics.layout import Layout, aggregate, by_video, fold_means
from vsumbench.leaderboard.statistics.seeding import generator
from vsumbench.leaderboard.statistics.totals import (
    corpus_difference_interval,
    corpus_interval,
    corpus_test,
    corpus_value,
)


def layout_of(**folds: str) -> Layout:
    """`a="x y"`: fold a tests videos x and y."""
    return Layout.of([(fold, video) for fold, videos in folds.items() for video in videos.split()])


def test_fold_means_leave_out_what_is_undefined() -> None:
    layout = layout_of(a="x y", b="z", c="w")
    values = np.array([[1.0], [np.nan], [4.0], [np.nan]])
    assert fold_means(values, layout)[:2, 0].tolist() == [1.0, 4.0]
    assert np.isnan(fold_means(values, layout)[2, 0])
    assert aggregate(values, layout)[0] == 2.5


def test_a_video_of_several_folds_has_their_mean() -> None:
    layout = layout_of(a="x y", b="x z")
    values = np.array([[1.0], [2.0], [5.0], [np.nan]])
    found = by_video(values, layout)[:, 0]
    assert found[:2].tolist() == [3.0, 2.0]
    assert np.isnan(found[2])


def test_an_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    layout = Layout.of([("f", f"v{i}") for i in range(50)])
    low, high = intervals(random.normal(1.0, 2.0, size=(50, 1_000)), layout, generator("a"))
    covered = ((low <= 1.0) & (high >= 1.0)).mean()
    # With the standard error of the bootstrap, sqrt((n - 1) / n) of the usual one, 94.2 % is expected.
    assert covered == pytest.approx(0.942, abs=0.022)


def test_the_width_is_that_of_normal_theory() -> None:
    values = np.random.default_rng(1).normal(size=(400, 1))
    low, high = intervals(values, Layout.of([("f", f"v{i}") for i in range(400)]), generator("a"), 8_000)
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.04)


def test_disjoint_folds_keep_their_sizes_in_every_draw() -> None:
    layout = layout_of(a="x y z", b="u v")
    (weights,) = resample_weights(layout, generator("a"), 50)
    assert (weights[:, :3].sum(axis=1) == 3).all()
    assert (weights[:, 3:].sum(axis=1) == 2).all()


def test_differences_between_disjoint_folds_do_not_widen_the_interval() -> None:
    layout = layout_of(a="x y z", b="u v w")
    values = np.array([[0.0], [0.0], [0.0], [9.0], [9.0], [9.0]])
    low, high = intervals(values, layout, generator("a"))
    assert (low[0], high[0]) == (4.5, 4.5)


def test_where_folds_share_videos_distinct_videos_are_drawn() -> None:
    layout = layout_of(a="x y", b="y z")
    (weights,) = resample_weights(layout, generator("a"), 50)
    assert weights.shape == (50, 3)
    assert (weights.sum(axis=1) == 3).all()
    # x alone drawn: fold b has no video, and the value is that of fold a. All values are 1, so every draw is.
    low, high = intervals(np.ones((4, 1)), layout, generator("a"))
    assert (low[0], high[0]) == (1.0, 1.0)


def test_shared_videos_count_in_every_fold_that_tests_them() -> None:
    layout = layout_of(a="x y", b="x z")
    low, high = intervals(np.array([[1.0], [0.0], [1.0], [0.0]]), layout, generator("a"))
    # Draws of x alone give 1, draws without x give 0: 1/27 and 8/27 of all, beyond 2.5 %.
    assert (low[0], high[0]) == (0.0, 1.0)


def test_a_single_video_or_a_fold_of_one_has_no_interval() -> None:
    for layout in (layout_of(a="x"), layout_of(a="x y", b="z")):
        low, high = intervals(np.arange(len(layout.pairs), dtype=float)[:, None], layout, generator("a"))
        assert np.isnan([low[0], high[0]]).all()


def test_undefined_scores_are_left_out_of_each_draw() -> None:
    layout = layout_of(a="u v w x y z")
    values = np.array([[1.0], [np.nan], [1.0], [1.0], [np.nan], [1.0]])
    low, high = intervals(values, layout, generator("a"))
    assert (low[0], high[0]) == (1.0, 1.0)


def test_the_same_data_give_the_same_interval_and_other_words_other_draws() -> None:
    layout = Layout.of([("f", f"v{i}") for i in range(9)])
    values = np.random.default_rng(1).normal(size=(9, 1))
    first, again, other = (intervals(values, layout, generator(word))[0][0] for word in "aab")
    assert first == again
    assert first != other
    assert generator("ab", "c").random() != generator("a", "bc").random()


def ratio(totals: np.ndarray) -> np.ndarray:
    """A metric that is no mean of items: summed hits over summed words."""
    return totals[:, 0] / totals[:, 1]


def corpus(seed: int, n: int = 12) -> np.ndarray:
    random = np.random.default_rng(seed)
    words = random.integers(3, 40, n)
    return np.stack([random.binomial(words, 0.4), words], axis=1)[None].astype(float)


def test_the_value_of_a_corpus_is_of_summed_statistics_and_not_of_means() -> None:
    rows, layout = corpus(0), layout_of(a=" ".join("abcdefghijkl"))
    assert corpus_value(rows, layout, ratio) == rows[0, :, 0].sum() / rows[0, :, 1].sum()
    assert corpus_value(rows, layout, ratio) != pytest.approx((rows[0, :, 0] / rows[0, :, 1]).mean())


def test_a_corpus_whose_statistics_are_a_mean_has_the_interval_of_the_mean() -> None:
    layout = layout_of(a="u v w", b="x y z")
    values = np.random.default_rng(4).normal(size=6)
    rows = np.stack([values, np.ones(6)], axis=1)[None]
    low, high = intervals(values[:, None], layout, generator("a"))
    assert corpus_interval(rows, layout, ratio, generator("a")) == pytest.approx((low[0], high[0]))


def test_a_corpus_against_itself_differs_by_nothing() -> None:
    rows, layout = corpus(1), layout_of(a=" ".join("abcdefghijkl"))
    assert corpus_test(rows, rows, layout, ratio, generator("a")) == (0.0, 1.0)
    assert corpus_difference_interval(rows, rows, layout, ratio, generator("a")) == (0.0, 0.0)


def test_swapping_the_rows_of_two_corpora_by_hand() -> None:
    layout = layout_of(a="x y")
    ours, theirs = np.array([[[3.0, 4], [1, 4]]]), np.array([[[1.0, 4], [0, 2]]])
    # Swapped: none 4/8 - 1/6 = 1/3; x 2/8 - 3/6 = -1/4; y 3/6 - 2/8 = 1/4; both -1/3. Two reach 1/3.
    difference, p = corpus_test(ours, theirs, layout, ratio, generator("a"))
    assert (difference, p) == (pytest.approx(1 / 3), 0.5)


def test_corpora_of_different_shapes_cannot_be_swapped() -> None:
    layout = layout_of(a="x y")
    with pytest.raises(ValueError, match="cannot be swapped"):
        corpus_test(np.ones((1, 2, 2)), np.ones((2, 2, 2)), layout, ratio, generator("a"))


def test_more_corpora_give_their_mean() -> None:
    layout = layout_of(a=" ".join("abcdefghijkl"))
    both = np.concatenate([corpus(1), corpus(2)])
    single = [corpus_value(corpus(seed), layout, ratio) for seed in (1, 2)]
    assert corpus_value(both, layout, ratio) == pytest.approx(sum(single) / 2)
