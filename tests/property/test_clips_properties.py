"""Average precision and clips of Mr. HiSum: against the definition, ties, order, what is refused."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsumbench.scoring.clips import (
    average_precision,
    clip_means,
    clip_probabilities,
    top_clips,
    top_count,
)

SCORES = st.lists(st.integers(-4, 4), min_size=1, max_size=30)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Positives, at least one, and scores with many ties."""
    scores = draw(SCORES)
    positives = draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores)).filter(any))
    return np.asarray(positives), np.asarray(scores, dtype=np.float64)


def by_definition(positives: np.ndarray, scores: np.ndarray) -> Fraction:
    """Threshold by threshold, from the highest score down: precision times recall gained, in fractions."""
    total, before, value = int(positives.sum()), 0, Fraction(0)
    for threshold in sorted(set(scores.tolist()), reverse=True):
        retrieved = scores >= threshold
        found = int((positives & retrieved).sum())
        value += Fraction(found, int(retrieved.sum())) * Fraction(found - before, total)
        before = found
    return value


@given(labelled())
def test_average_precision_is_its_definition(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    assert average_precision(*drawn) == pytest.approx(float(by_definition(*drawn)), abs=1e-12)


@given(labelled(), st.integers(0, 2**32 - 1))
def test_the_order_of_clips_does_not_matter_even_among_ties(
    drawn: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    positives, scores = drawn
    order = np.random.default_rng(seed).permutation(len(scores))
    assert average_precision(positives[order], scores[order]) == average_precision(positives, scores)


@given(labelled())
def test_a_rising_transformation_of_the_scores_changes_nothing(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    positives, scores = drawn
    assert average_precision(positives, scores) == average_precision(positives, np.exp(scores / 3) + 7)
    assert average_precision(positives, scores) == average_precision(positives, clip_probabilities(scores))


@given(labelled())
def test_average_precision_is_at_most_1_and_reached_by_the_truth(
    drawn: tuple[np.ndarray, np.ndarray],
) -> None:
    positives, scores = drawn
    assert 0 < average_precision(positives, scores) <= 1
    assert average_precision(positives, positives.astype(float)) == 1
    assert average_precision(positives, np.zeros(len(scores))) == pytest.approx(positives.mean())


def test_without_a_positive_average_precision_is_undefined() -> None:
    assert math.isnan(average_precision([False, False], [0.1, 0.2]))
    assert math.isnan(average_precision([], []))


@pytest.mark.parametrize(
    ("positives", "scores", "message"),
    [([True], [0.1, 0.2], "equal"), ([[True]], [[0.1]], "equal"), ([True, False], [0.1, np.nan], "NaN")],
    ids=["lengths", "matrix", "nan"],
)
def test_what_cannot_be_ranked_is_refused(positives: object, scores: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        average_precision(positives, scores)  # type: ignore[arg-type]


@given(st.lists(st.floats(-100, 100), max_size=40), st.integers(1, 9))
def test_a_clip_is_the_mean_of_its_steps_and_the_last_may_be_shorter(scores: list[float], clip: int) -> None:
    found = clip_means(scores, clip)
    parts = [scores[begin : begin + clip] for begin in range(0, len(scores), clip)]
    assert found == pytest.approx([math.fsum(part) / len(part) for part in parts], abs=1e-12)


def test_what_is_no_curve_has_no_clips() -> None:
    with pytest.raises(ValueError, match=r"expected \(n,\)"):
        clip_means(np.zeros((2, 5)))
    with pytest.raises(ValueError, match="at least 1"):
        clip_means([0.1], clip=0)


@given(SCORES, st.sampled_from([0.5, 0.15]))
def test_the_clips_on_top_are_the_share_and_no_other_is_higher(means: list[int], share: float) -> None:
    top = top_clips(means, share)
    values = np.asarray(means)
    assert top.sum() == top_count(len(means), share) == math.floor(Fraction(str(share)) * len(means))
    if top.any() and not top.all():
        assert values[top].min() >= values[~top].max()
        # On a tie across the border the earlier clip is on top.
        border = values[top].min()
        assert top[values == border].tolist() == sorted(top[values == border].tolist(), reverse=True)


@pytest.mark.parametrize(("clips", "half", "few"), [(1, 0, 0), (2, 1, 0), (6, 3, 0), (7, 3, 1), (20, 10, 3)])
def test_few_clips_have_none_on_top(clips: int, half: int, few: int) -> None:
    assert (top_count(clips, 0.5), top_count(clips, 0.15)) == (half, few)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_probabilities_of_clips_are_finite_and_never_reverse_an_order(means: list[float]) -> None:
    found = clip_probabilities(means)
    assert np.isfinite(found).all() and (found >= 0).all() and found.sum() <= 1 + 1e-12
    assert (np.diff(found[np.argsort(means)]) >= 0).all()
