"""F_CLIP whatever the vectors: bounds, exchange, order, length, identity; what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsumbench.scoring.clip_sets import Coverage, cross_f_clip, f_clip

NEAR = 1e-12


@st.composite
def sets(draw: st.DrawFn, count: int = 2) -> list[np.ndarray]:
    """Sets of vectors of one dimension; some are zero, some repeat."""
    dim = draw(st.integers(1, 5))
    row = st.lists(st.integers(-3, 3), min_size=dim, max_size=dim)
    made = [draw(st.lists(row, min_size=1, max_size=6)) for _ in range(count)]
    return [np.asarray(rows, dtype=np.float64) for rows in made]


def naive(reference: np.ndarray, predicted: np.ndarray) -> Coverage:
    """The equations, pair by pair."""

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
        return max(float(a @ b) / lengths, 0.0) if lengths else 0.0

    recall = float(np.mean([max(cosine(r, p) for p in predicted) for r in reference]))
    precision = float(np.mean([max(cosine(r, p) for r in reference) for p in predicted]))
    both = precision + recall
    return Coverage(precision, recall, 2 * precision * recall / both if both else 0.0)


def near(one: Coverage, other: Coverage) -> bool:
    return vars(one) == pytest.approx(vars(other), abs=NEAR)


@given(sets())
def test_f_clip_is_what_its_equations_say_pair_by_pair(drawn: list[np.ndarray]) -> None:
    assert near(f_clip(*drawn), naive(*drawn))


@given(sets())
def test_f_clip_stays_within_0_and_1_and_between_precision_and_recall(drawn: list[np.ndarray]) -> None:
    found = f_clip(*drawn)
    assert 0 <= found.precision <= 1 and 0 <= found.recall <= 1
    low, high = sorted((found.precision, found.recall))
    assert low - NEAR <= found.f <= high + NEAR


@given(sets())
def test_exchanging_the_sets_exchanges_precision_and_recall(drawn: list[np.ndarray]) -> None:
    one, other = f_clip(*drawn), f_clip(*drawn[::-1])
    assert near(one, Coverage(other.recall, other.precision, other.f))


@given(sets(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_vectors_does_not_matter(drawn: list[np.ndarray], seed: int) -> None:
    shuffled = [rows[np.random.default_rng(seed).permutation(len(rows))] for rows in drawn]
    assert near(f_clip(*drawn), f_clip(*shuffled))


@given(sets(), st.floats(1e-200, 1e200))
def test_the_length_of_a_vector_does_not_matter(drawn: list[np.ndarray], scale: float) -> None:
    assert near(f_clip(*drawn), f_clip(drawn[0] * scale, drawn[1]))


@given(sets())
def test_a_set_covers_itself_wholly_but_for_zero_vectors(drawn: list[np.ndarray]) -> None:
    rows = drawn[0]
    share = float(rows.any(axis=1).mean())
    assert near(f_clip(rows, rows), Coverage(share, share, share))


@given(sets(4))
def test_cross_f_clip_is_the_mean_of_both_directions_and_symmetric(drawn: list[np.ndarray]) -> None:
    frames, predicted, texts, written = drawn
    found = cross_f_clip(frames, predicted, texts, written)
    halves = f_clip(frames, written).f, f_clip(texts, predicted).f
    assert found == pytest.approx(sum(halves) / 2, abs=NEAR)
    assert found == pytest.approx(cross_f_clip(predicted, frames, written, texts), abs=NEAR)


@pytest.mark.parametrize("empty", [[], np.zeros((0, 4))], ids=["list", "array"])
def test_without_a_vector_on_one_side_there_is_no_coverage(empty: object) -> None:
    rows = np.ones((2, 4))
    assert f_clip(empty, rows) == f_clip(rows, empty) == f_clip(empty, empty) == Coverage(0.0, 0.0, 0.0)
    assert cross_f_clip(rows, rows, empty, empty) == 0.0


def test_opposite_vectors_count_as_no_cover_and_not_as_less_than_none() -> None:
    rows = np.eye(3)
    assert f_clip(rows, -rows) == Coverage(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("reference", "predicted", "message"),
    [
        (np.ones((2, 3)), np.ones((2, 4)), "dimensions"),
        (np.ones(3), np.ones((2, 3)), "shape"),
        (np.full((1, 3), np.nan), np.ones((2, 3)), "NaN"),
    ],
    ids=["dimensions", "vector", "nan"],
)
def test_what_has_no_angle_is_refused(reference: np.ndarray, predicted: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        f_clip(reference, predicted)
