"""Where models and annotators differ, on vectors whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from vsumbench.viewer.disagreement import frame_disagreement, ranked, stretches

A = np.array([True, True, False, False])
B = np.array([True, False, True, False])


def test_models_disagree_where_one_selects_and_the_other_does_not() -> None:
    assert frame_disagreement([A, B], [], None, 4).tolist() == [0, 1, 1, 0]


def test_a_frame_that_annotators_chose_weighs_more() -> None:
    people = np.array([0.0, 0.5, 0.5, 1.0])
    found = frame_disagreement([A, A], [], people, 4)
    # Opinions 0, 0 and 1: variance 2/9, fourfold, at full weight.
    assert found[3] == pytest.approx(8 / 9)
    assert found[0] == pytest.approx(8 / 9 * 0.5)


def test_scores_that_differ_in_scale_only_do_not_disagree() -> None:
    scores = np.array([0.1, 0.4, 0.2, 0.9])
    assert frame_disagreement([], [scores, 100 * scores - 3], None, 4).max() == 0


def test_scores_in_reverse_order_disagree_fully_at_both_ends() -> None:
    scores = np.arange(4.0)
    found = frame_disagreement([], [scores, -scores], None, 4)
    assert found.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1])


def test_one_opinion_alone_does_not_disagree() -> None:
    assert frame_disagreement([A], [np.arange(4.0)], None, 4).tolist() == [0, 0, 0, 0]


def test_vectors_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="4 frames"):
        frame_disagreement([A[:3]], [], None, 4)


def test_stretches_are_the_shots_or_equal_cells() -> None:
    assert stretches(10, np.array([[0, 3], [4, 9]])) == ((0, 4), (4, 10))
    assert stretches(10, None, cells=3) == ((0, 3), (3, 6), (6, 10))


def test_stretches_are_ranked_by_mean_and_equals_by_time() -> None:
    values = np.array([0, 0, 0.5, 0.5, 1, 1, 0.5, 0.5])
    found = ranked(values, ((0, 2), (2, 4), (4, 6), (6, 8)))
    assert [(one.first, one.value) for one in found] == [(4, 1), (2, 0.5), (6, 0.5)]
